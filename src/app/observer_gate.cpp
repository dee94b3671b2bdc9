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
    const std::scoped_lock lock(mutex_);
    observer_.on_message(public_level(level), text);
  });
}

void ObserverGate::progress(const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  observer_.on_progress(progress);
}

}  // namespace s3reel::app
