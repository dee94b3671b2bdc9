#include "cli/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace s3reel::cli {
namespace {

constexpr std::string_view kBlank = "***";

constexpr std::array<std::string_view, 3> kSecretParameters{
    "X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential="};

void blank_parameter(std::string& text, std::string_view name) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    at += name.size();
    const auto end = std::min(text.find_first_of("& \t'\"", at), text.size());
    text = text.substr(0, at).append(kBlank).append(text, end);
  }
}

void blank_user_info(std::string& text) {
  constexpr std::string_view kScheme = "://";
  for (auto at = text.find(kScheme); at != std::string::npos; at = text.find(kScheme, at)) {
    const bool web = text.compare(at >= 4 ? at - 4 : at, 4, "http") == 0 ||
                     text.compare(at >= 5 ? at - 5 : at, 5, "https") == 0;
    at += kScheme.size();
    const auto end = std::min(text.find_first_of("/?# \t'\"", at), text.size());
    const auto mark = text.find('@', at);
    if (web && mark < end) {
      text = text.substr(0, at).append(kBlank).append(text, mark);
    }
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(),
      line.end(),
      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; },
      ' ');
  return line;
}

std::string without_secrets(std::string_view text) {
  std::string clean(text);
  for (const auto name : kSecretParameters) {
    blank_parameter(clean, name);
  }
  blank_user_info(clean);
  return clean;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column != 0 && column + 1 + word.size() > width) {
      result += fmt::format("\n{:{}}", "", indent);
      column = 0;
    } else if (column != 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string format_time(double seconds) {
  const auto whole = std::isfinite(seconds) ? static_cast<long long>(std::max(seconds, 0.0)) : 0LL;
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

}  // namespace s3reel::cli
