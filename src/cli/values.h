#pragma once

/// Option values from text. Everything here throws Error{usage} that names the option, the value,
/// why it is refused and what would be accepted.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "s3reel/job.h"

namespace s3reel::cli {

/// A value as the user wrote it, with the option it was given to.
struct Given {
  std::string option;
  std::string text;
};

/// Smallest and largest value that makes sense.
struct Range {
  std::int64_t lowest;
  std::int64_t highest;
};

/// The usage error for `given`. `reason` says why it is refused, `hint` what to write instead.
[[noreturn]] void refuse(
    const Given& given, const std::string& reason, const std::string& hint = {});

/// Any finite number, "23", "-6", "18.5".
double parse_number(const Given& given);

/// A whole number inside `range`.
std::int64_t parse_integer(const Given& given, Range range);

/// Bit/s: "800k", "4M", "2.5M", "1500000"; k, M and G are powers of 1000, as in ffmpeg.
std::int64_t parse_bitrate(const Given& given);

/// Bytes: "8M", "8MiB", "512K", "1G", "8388608"; K, M and G are powers of 1024.
std::uint64_t parse_size(const Given& given, Range range);

/// "90", "90s", "15m", "1h", "7d", "1h30m"; a number without a unit is seconds.
std::chrono::seconds parse_duration(const Given& given, Range range);

/// NAME or NAME:key=value,key=value; in a value, \, stands for a comma and \\ for a backslash.
BuiltInOp parse_op(const Given& given);

/// A path, a colon, and parameters as those of an op.
PluginOp parse_plugin(const Given& given);

/// key=value into `map`; a key given before is refused, as one of the two would be ignored.
void parse_pair(const Given& given, std::map<std::string, std::string>& map);

/// One of `choices`, returned as its index.
std::size_t parse_choice(const Given& given, const std::vector<std::string>& choices);

/// Anything but the empty text.
const std::string& parse_text(const Given& given);

/// A http:// or https:// address without a user part: secrets are never options.
const std::string& parse_endpoint(const Given& given);

}  // namespace s3reel::cli
