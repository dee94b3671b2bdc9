#include "voice.h"

#include <utility>

#include <fmt/format.h>
#include <nanobind/nanobind.h>

#include "cli/text.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

// While the calling thread is busy elsewhere. What only explains leaves room for what matters.
constexpr std::size_t kMost = 2'000;
constexpr std::size_t kMostDebug = 1'000;

/// As in Python's logging.
int level_of(Observer::Level level) {
  switch (level) {
    case Observer::Level::debug:
      return 10;
    case Observer::Level::info:
      return 20;
    case Observer::Level::warning:
      return 30;
    case Observer::Level::error:
      break;
  }
  return 40;
}

}  // namespace

void Voice::on_progress(const Progress& progress) {
  const std::scoped_lock lock(mutex_);
  newest_ = progress;
}

void Voice::on_message(Level level, const std::string& text) {
  const std::scoped_lock lock(mutex_);
  if (said_.messages.size() >= (level == Level::debug ? kMostDebug : kMost)) {
    ++said_.left_out;
    return;
  }
  said_.messages.push_back({level, text});
}

std::optional<Progress> Voice::take_progress() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(newest_, std::nullopt);
}

Voice::Said Voice::take_messages() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(said_, Said());
}

void Voice::log() {
  Said said = take_messages();
  if (said.messages.empty()) {
    return;
  }
  if (said.left_out > 0) {
    said.messages.push_back(
        {Level::debug, fmt::format("{} messages more were left out", said.left_out)});
  }
  const nb::object logger = nb::module_::import_("logging").attr("getLogger")("s3reel");
  for (const Message& one : said.messages) {
    // As the command prints it: one line, and nothing with which others could act as the user.
    logger.attr("log")(
        level_of(one.level), "%s", text(cli::without_secrets(cli::one_line(one.text))));
  }
}

}  // namespace s3reel::python
