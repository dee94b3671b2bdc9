#include "s3/wall_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace s3reel::s3 {
namespace {

/// The digits at that place; -1 if there is anything else.
int number(std::string_view text, std::size_t at, std::size_t length) {
  int value = -1;
  const std::string_view digits = text.substr(at, length);
  if (digits.starts_with('-')) {
    return -1;  // "-0" would be a number
  }
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return problem == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

struct Fields {
  int year, month, day, hour, minute, second;
};

std::optional<base::Clock::Wall> wall_of(const Fields& f) {
  // Wall counts nanoseconds in 64 bits: they last until 2262, and for the time between any two
  // points in these years.
  constexpr int kFirstYear = 1970;
  constexpr int kLastYear = 2261;
  const bool date_there = f.year >= kFirstYear && f.year <= kLastYear && f.month >= 0 && f.day >= 0;
  // 60 is a leap second.
  const bool time_there = f.hour >= 0 && f.hour <= 23 && f.minute >= 0 && f.minute <= 59 &&
                          f.second >= 0 && f.second <= 60;
  if (!date_there || !time_there) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{
      std::chrono::year(f.year),
      std::chrono::month(static_cast<unsigned>(f.month)),
      std::chrono::day(static_cast<unsigned>(f.day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(f.hour) + std::chrono::minutes(f.minute) +
         std::chrono::seconds(f.second);
}

}  // namespace

std::string utc_text(base::Clock::Wall time) {
  return fmt::format(
      "{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::optional<base::Clock::Wall> parse_utc(const std::string& text) {
  constexpr std::size_t kShortest = 20;
  if (text.size() < kShortest || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':' || text.back() != 'Z') {
    return std::nullopt;
  }
  return wall_of(
      {.year = number(text, 0, 4),
       .month = number(text, 5, 2),
       .day = number(text, 8, 2),
       .hour = number(text, 11, 2),
       .minute = number(text, 14, 2),
       .second = number(text, 17, 2)});
}

std::optional<base::Clock::Wall> parse_http_date(const std::string& text) {
  constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // An underscore stands for any character.
  constexpr std::string_view kForm = "___, __ ___ ____ __:__:__ GMT";
  const bool formed =
      std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(), [](char c, char form) {
        return c == form || form == '_';
      });
  if (!formed) {
    return std::nullopt;
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  return wall_of(
      {.year = number(text, 12, 4),
       .month = month == kMonths.end() ? -1 : static_cast<int>(month - kMonths.begin()) + 1,
       .day = number(text, 5, 2),
       .hour = number(text, 17, 2),
       .minute = number(text, 20, 2),
       .second = number(text, 23, 2)});
}

}  // namespace s3reel::s3
