#include "base/byte_budget.h"

#include <algorithm>
#include <utility>

#include "base/cancelled.h"

namespace s3reel::base {

ByteBudget::Token::Token(Token&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

ByteBudget::Token& ByteBudget::Token::operator=(Token&& other) noexcept {
  if (this != &other) {
    release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
  }
  return *this;
}

void ByteBudget::Token::give_back(std::uint64_t bytes) noexcept {
  const std::uint64_t returned = std::min(bytes, bytes_);
  if (budget_ == nullptr || returned == 0) {
    return;
  }
  bytes_ -= returned;
  const std::scoped_lock lock(budget_->mutex_);
  budget_->held_ -= returned;
  budget_->freed_.notify_all();
}

std::optional<ByteBudget::Token> ByteBudget::try_reserve(
    std::uint64_t bytes, std::uint64_t keep_free) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t free = limit_ - std::min(held_, limit_);
  if (bytes > free || keep_free > free - bytes) {
    return std::nullopt;
  }
  take_locked(bytes);
  return Token(*this, bytes);
}

ByteBudget::Token ByteBudget::reserve(std::uint64_t bytes, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool granted = freed_.wait(
      lock, stop, [&] { return held_ == 0 || (bytes <= limit_ && held_ <= limit_ - bytes); });
  if (!granted) {
    throw Cancelled();
  }
  take_locked(bytes);
  return Token(*this, bytes);
}

std::uint64_t ByteBudget::held() const {
  const std::scoped_lock lock(mutex_);
  return held_;
}

std::uint64_t ByteBudget::peak() const {
  const std::scoped_lock lock(mutex_);
  return peak_;
}

void ByteBudget::take_locked(std::uint64_t bytes) {
  held_ += bytes;
  peak_ = std::max(peak_, held_);
}

}  // namespace s3reel::base
