#include "cli/progress_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/text.h"

namespace s3reel::cli {
namespace {

constexpr std::size_t kSmallestBar = 5;
constexpr std::size_t kLargestBar = 40;
constexpr std::size_t kBarFrame = 3;      ///< a space and two brackets
constexpr std::size_t kWidthForBar = 60;  ///< on narrower lines the words need the room

/// "812K", "2.0M", "210M": K, M and G of 1024, to fit all of a line into 80 columns.
std::string short_bytes(double bytes) {
  constexpr std::string_view kUnits = "KMGT";
  std::size_t unit = 0;
  double value = bytes / 1024.0;
  while (value >= 1000.0 && unit + 1 < kUnits.size()) {
    value /= 1024.0;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", value, value > 0.0 && value < 10.0 ? 1 : 0, kUnits[unit]);
}

std::string rate(double bytes_per_second) {
  return base::format_bytes(static_cast<std::uint64_t>(std::llround(bytes_per_second))) + "/s";
}

std::string position(const Progress& progress) {
  const auto at = format_time(progress.position_seconds);
  return progress.duration_seconds > 0.0 ? at + "/" + format_time(progress.duration_seconds) : at;
}

/// The percentage, rounded down: 100% is shown only when all is done.
std::string percentage(double percent) {
  return fmt::format("{:3}%", static_cast<int>(percent));
}

std::string bar(double percent, std::size_t cells) {
  const auto filled = static_cast<std::size_t>(percent / 100.0 * static_cast<double>(cells));
  std::string text = "[";
  text.append(filled, '#');
  text.append(cells - filled, '-');
  return text + "]";
}

/// The parts of the line behind the bar, the most important first.
std::vector<std::string> fields(const Snapshot& now) {
  const auto& progress = now.progress;
  std::vector<std::string> list{position(progress)};
  if (progress.publishing) {
    list.emplace_back("publishing");
  } else if (now.eta_seconds) {
    list.push_back("ETA " + format_time(std::ceil(*now.eta_seconds)));
  }
  list.push_back(fmt::format("{:.0f} fps", now.frames_per_second));
  list.push_back(fmt::format("{:.2f}x", now.speed));
  list.push_back("read " + short_bytes(now.read_rate) + "/s");
  list.push_back("upload " + short_bytes(now.write_rate) + "/s");
  list.push_back("mem " + short_bytes(static_cast<double>(progress.memory)));
  return list;
}

}  // namespace

std::string bar_line(const Snapshot& now, std::size_t width) {
  std::string line = now.percent ? percentage(*now.percent) : std::string();
  const bool with_bar = now.percent.has_value() && width >= kWidthForBar;
  const std::size_t reserved = line.size() + (with_bar ? kBarFrame + kSmallestBar : 0);
  std::string tail;
  for (const auto& field : fields(now)) {
    const std::size_t gap = line.empty() && tail.empty() ? 0 : 1;
    if (reserved + tail.size() + gap + field.size() > width) {
      break;
    }
    tail.append(gap, ' ');
    tail += field;
  }
  if (with_bar) {
    const std::size_t cells = width - line.size() - tail.size() - kBarFrame;
    line += ' ';
    line += bar(*now.percent, std::min(cells, kLargestBar));
  }
  return (line + tail).substr(0, width);
}

std::string plain_line(const Snapshot& now) {
  const auto& progress = now.progress;
  std::string line = now.percent ? fmt::format("{:.1f}%, ", *now.percent) : std::string();
  line += fmt::format(
      "{}, {} frames, {:.1f} fps, {:.2f}x",
      position(progress),
      progress.frames,
      now.frames_per_second,
      now.speed);
  if (progress.publishing) {
    line += ", publishing";
  } else if (now.eta_seconds) {
    line += ", ETA " + format_time(std::ceil(*now.eta_seconds));
  }
  return line + fmt::format(
                    ", read {} at {}, uploaded {} at {}, memory {}",
                    base::format_bytes(progress.bytes_read),
                    rate(now.read_rate),
                    base::format_bytes(progress.bytes_written),
                    rate(now.write_rate),
                    base::format_bytes(progress.memory));
}

std::string json_line(const Snapshot& now) {
  const auto& progress = now.progress;
  nlohmann::ordered_json json{
      {"event", "progress"},
      {"position_seconds", progress.position_seconds},
      {"duration_seconds", progress.duration_seconds},
      {"frames", progress.frames},
      {"elapsed_seconds", progress.elapsed_seconds},
      {"bytes_read", progress.bytes_read},
      {"bytes_written", progress.bytes_written},
      {"memory", progress.memory},
      {"publishing", progress.publishing},
      {"percent", nullptr},
      {"eta_seconds", nullptr},
      {"frames_per_second", now.frames_per_second},
      {"speed", now.speed},
      {"read_rate", now.read_rate},
      {"write_rate", now.write_rate}};
  if (now.percent) {
    json["percent"] = *now.percent;
  }
  if (now.eta_seconds) {
    json["eta_seconds"] = *now.eta_seconds;
  }
  return json.dump();
}

}  // namespace s3reel::cli
