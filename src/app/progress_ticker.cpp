#include "app/progress_ticker.h"

#include <chrono>
#include <utility>

#include "base/clock.h"

namespace s3reel::app {

ProgressTicker::ProgressTicker(std::function<void()> tick)
    : thread_([tick = std::move(tick)](const std::stop_token& stop) {
        base::SystemClock clock;
        while (clock.sleep_for(std::chrono::milliseconds(250), stop)) {
          tick();
        }
        tick();
      }) {}

}  // namespace s3reel::app
