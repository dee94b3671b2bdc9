#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace s3reel::base {

/// A limit on bytes that are held at once. Memory is reserved before it is filled and given back by
/// the token's destructor, so that no failing path leaks a share. Any number of threads may call;
/// the budget must outlive its tokens.
class ByteBudget {
 public:
  /// A share of the budget. Move-only; used by one thread at a time.
  class Token {
   public:
    Token() = default;
    Token(Token&& other) noexcept;
    Token& operator=(Token&& other) noexcept;
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

    ~Token() { release(); }

    /// Gives back a part of the share, at most all of it.
    void give_back(std::uint64_t bytes) noexcept;

    void release() noexcept { give_back(bytes_); }

   private:
    friend class ByteBudget;

    Token(ByteBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}

    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  explicit ByteBudget(std::uint64_t limit) : limit_(limit) {}

  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;
  ~ByteBudget() = default;

  /// nullopt unless `bytes` are free and `keep_free` more would still be.
  std::optional<Token> try_reserve(std::uint64_t bytes, std::uint64_t keep_free = 0);

  /// Blocks until `bytes` are free. More than the limit is granted once nothing else is held, so
  /// the overshoot is one reservation. Throws Cancelled after a stop request.
  Token reserve(std::uint64_t bytes, const std::stop_token& stop);

  [[nodiscard]] std::uint64_t limit() const noexcept { return limit_; }

  [[nodiscard]] std::uint64_t held() const;
  [[nodiscard]] std::uint64_t peak() const;  ///< most that was held at once

 private:
  void take_locked(std::uint64_t bytes);

  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  // guarded by mutex_
  std::uint64_t held_ = 0;
  std::uint64_t peak_ = 0;
};

}  // namespace s3reel::base
