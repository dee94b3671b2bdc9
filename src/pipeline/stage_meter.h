#pragma once

#include <chrono>
#include <utility>

#include "s3reel/report.h"

namespace s3reel::pipeline {

/// Tells the time a stage works from the time it waits for others. Used by the stage's thread; read
/// after that thread ended.
class StageMeter {
 public:
  explicit StageMeter(const char* name) : name_(name) {}

  void start() { started_ = Clock::now(); }

  void stop() { total_ = Clock::now() - started_; }

  /// Runs something that may block on another stage.
  template <class Function>
  decltype(auto) waiting(Function&& function) {
    const Wait wait(*this);
    return std::forward<Function>(function)();
  }

  [[nodiscard]] StageFacts facts() const {
    return {name_, seconds(total_ - waited_), seconds(waited_)};
  }

 private:
  using Clock = std::chrono::steady_clock;

  class Wait {
   public:
    explicit Wait(StageMeter& meter) : meter_(meter), since_(Clock::now()) {}

    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    ~Wait() { meter_.waited_ += Clock::now() - since_; }

   private:
    StageMeter& meter_;
    Clock::time_point since_;
  };

  static double seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
  }

  const char* name_;
  Clock::time_point started_{};
  Clock::duration total_{};
  Clock::duration waited_{};
};

}  // namespace s3reel::pipeline
