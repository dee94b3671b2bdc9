#include "cli/describe.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/report_json.h"
#include "base/units.h"
#include "cli/text.h"

namespace s3reel::cli {
namespace {

std::string label(const BuiltInOp& op) {
  return op.name;
}

std::string label(const GraphOp& op) {
  return "filter " + op.graph;
}

std::string label(const PluginOp& op) {
  return op.path;
}

std::string label(const CustomOp& op) {
  return op.name;
}

std::string exact_time(double seconds) {
  return fmt::format("{:.3f} s", seconds);
}

std::string object_line(const ObjectFacts& object) {
  auto line = fmt::format("{}: {}", object.url, object.format.empty() ? "?" : object.format);
  line += ", " + base::format_bytes(object.size);
  if (object.duration_seconds > 0.0) {
    line += ", " + exact_time(object.duration_seconds);
  }
  return line;
}

/// Adds "name value" unless the value is unknown.
void add(std::vector<std::string>& parts, const std::string& name, const std::string& value) {
  if (!value.empty()) {
    parts.push_back(name.empty() ? value : name + " " + value);
  }
}

std::string probed_stream_line(const ProbedStream& stream) {
  std::vector<std::string> parts;
  if (stream.width > 0) {
    parts.push_back(fmt::format("{}x{}", stream.width, stream.height));
  }
  add(parts, "", stream.pixel_format);
  add(parts, "", stream.frame_rate.empty() ? "" : stream.frame_rate + " fps");
  add(parts, "aspect of a pixel", stream.sample_aspect);
  add(parts, "rotation", stream.rotation != 0 ? std::to_string(stream.rotation) : "");
  add(parts, "color", stream.color);
  if (stream.sample_rate > 0) {
    parts.push_back(fmt::format("{} Hz", stream.sample_rate));
    parts.push_back(fmt::format("{} channel{}", stream.channels, stream.channels == 1 ? "" : "s"));
  }
  add(parts, "language", stream.language);
  add(parts, "title", stream.title);
  parts.push_back("start " + exact_time(stream.start_seconds));
  add(parts, "", stream.duration_seconds > 0.0 ? exact_time(stream.duration_seconds) : "");
  add(parts, "", stream.packets > 0 ? fmt::format("{} packets", stream.packets) : "");
  add(parts, "with", fmt::format("{}", fmt::join(stream.side_data, ", ")));
  return fmt::format(
      "  #{} {} {}{}: {}",
      stream.index,
      stream.type,
      stream.codec,
      stream.profile.empty() ? "" : " (" + stream.profile + ")",
      fmt::join(parts, ", "));
}

std::string planned_stream_line(const StreamFacts& stream) {
  auto line = fmt::format(
      "  #{} {} {}: {}",
      stream.index,
      stream.type,
      stream.codec,
      app::stream_fate_name(stream.fate));
  const bool encoded = stream.fate == StreamFate::processed || stream.fate == StreamFate::encoded;
  if (encoded && !stream.result_codec.empty()) {
    line += " with " + stream.result_codec;
  }
  return stream.detail.empty() ? line : line + ", " + stream.detail;
}

std::string requests_line(const Plan& plan) {
  std::vector<std::string> made;
  for (const auto& [operation, count] : plan.requests) {
    made.push_back(fmt::format("{} {}", count, operation));
  }
  std::string line =
      "requests made to look " + (made.empty() ? "none" : fmt::format("{}", fmt::join(made, ", ")));
  if (plan.gets_left > 0) {
    line += fmt::format(", at least {} more to read all of the source", plan.gets_left);
  }
  return line;
}

std::string memory_line(const Plan& plan) {
  auto line = fmt::format(
      "buffers of {}, budget {}",
      base::format_bytes(plan.buffer_bytes),
      base::format_bytes(plan.memory_budget));
  if (plan.codec_bytes > 0) {
    line += fmt::format("; the codecs take about {} more", base::format_bytes(plan.codec_bytes));
  }
  return line;
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += without_secrets(one_line(line)) + "\n";
  }
  return text;
}

}  // namespace

std::string describe_probe(const Probe& probe) {
  std::vector<std::string> lines{object_line(probe.object)};
  for (const auto& stream : probe.streams) {
    lines.push_back(probed_stream_line(stream));
  }
  if (!probe.chapters.empty()) {
    lines.emplace_back("chapters:");
  }
  for (const auto& chapter : probe.chapters) {
    lines.push_back("  " + chapter);
  }
  if (!probe.metadata.empty()) {
    lines.emplace_back("metadata:");
  }
  for (const auto& [key, value] : probe.metadata) {
    lines.push_back(fmt::format("  {}: {}", key, value));
  }
  return joined_lines(lines);
}

std::string describe_plan(const Plan& plan, const Job& job) {
  std::vector<std::string> lines{
      "nothing is written (--dry-run)",
      "source " + object_line(plan.source),
      fmt::format("destination {}: {}", job.destination.url, plan.format)};
  std::vector<std::string> ops;
  for (const auto& op : job.ops) {
    ops.push_back(std::visit([](const auto& one) { return label(one); }, op));
  }
  lines.push_back("ops " + (ops.empty() ? "none" : fmt::format("{}", fmt::join(ops, " > "))));
  lines.push_back("encoder " + plan.encoder);
  for (const auto& stream : plan.streams) {
    lines.push_back(planned_stream_line(stream));
  }
  for (const auto& loss : plan.losses) {
    lines.push_back("loss: " + loss);
  }
  for (const auto& note : plan.notes) {
    lines.push_back("note: " + note);
  }
  lines.push_back(requests_line(plan));
  if (plan.part_size > 0) {
    lines.push_back(fmt::format(
        "upload in parts of {} at first, which grow, at most {} of output",
        base::format_bytes(plan.part_size),
        base::format_bytes(plan.largest_output)));
  }
  lines.push_back(memory_line(plan));
  return joined_lines(lines);
}

std::string describe_orphan(const Orphan& orphan, bool dry_run) {
  const bool removable = orphan.fate == OrphanFate::removed;
  auto line = fmt::format(
      "{}: {}",
      removable && dry_run ? "would be removed" : app::orphan_fate_name(orphan.fate),
      orphan.destination.empty() ? orphan.record : orphan.destination);
  if (orphan.upload_id.empty()) {
    line += orphan.destination.empty() ? "" : ", record " + orphan.record;
  } else {
    line += fmt::format(", upload {} of {}", orphan.upload_id, base::format_bytes(orphan.bytes));
  }
  line += ", last active " + orphan.last_active;
  return joined_lines({orphan.reason.empty() ? line : line + ": " + orphan.reason});
}

std::string summary_line(const CleanSummary& summary, bool dry_run) {
  auto line = fmt::format(
      "{} {} ({}), {} left alone",
      summary.removed,
      dry_run ? "would be removed" : "removed",
      base::format_bytes(summary.removed_bytes),
      summary.left);
  if (summary.other_uploads > 0) {
    line += fmt::format("; uploads of other writers, not touched: {}", summary.other_uploads);
  }
  return line;
}

std::string summary_line(const Report& report) {
  const double wall = report.wall_seconds;
  std::string speed;
  if (wall > 0.0) {
    speed = fmt::format(
        " ({:.1f} fps, {:.2f}x)",
        static_cast<double>(report.frames.muxed) / wall,
        report.result.duration_seconds / wall);
  }
  auto line = fmt::format(
      "{}: {} frames, {} of video in {:.1f} s{}, {} from {} of source, memory {}",
      report.result.url,
      report.frames.muxed,
      exact_time(report.result.duration_seconds),
      wall,
      speed,
      base::format_bytes(report.result.size),
      base::format_bytes(report.source.size),
      base::format_bytes(report.peak_memory));
  if (report.retries > 0) {
    line += fmt::format(", {} requests tried again", report.retries);
  }
  return report.limiting_stage.empty() ? line : line + ", limited by " + report.limiting_stage;
}

}  // namespace s3reel::cli
