#include "app/observer_gate.h"

#include <string>

namespace s3reel::app {
namespace {

Observer::Level public_level(base::LogLevel level) {
  switch (level) {
    case base::LogLevel::debug:
      return Observer::Level::debug;
    case base::LogLevel::info:
      return Observer::Level::info;
    case base::LogLevel::warning:
      return Observer::Level::warning;
    case base::LogLevel::error:
      break;
  }
  return Observer::Level::error;
}

}  // namespace

base::Log ObserverGate::log() {
  return base::Log([this](base::LogLevel level, const std::string& text) {
    call([&](Observer& observer) { observer.on_message(public_level(level), text); });
  });
}

void ObserverGate::progress(const Progress& progress) {
  call([&](Observer& observer) { observer.on_progress(progress); });
}

void ObserverGate::orphan(const Orphan& orphan) {
  call([&](Observer& observer) { observer.on_orphan(orphan); });
}

void ObserverGate::call(const std::function<void(Observer&)>& tell) {
  {
    const std::scoped_lock lock(mutex_);
    if (failure_) {
      return;
    }
    try {
      tell(observer_);
      return;
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  on_failure_();  // it may log
}

void ObserverGate::rethrow_failure() {
  const std::scoped_lock lock(mutex_);
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

}  // namespace s3reel::app
