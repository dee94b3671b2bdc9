#include "cli/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/access_key.h"

namespace s3reel::cli {
namespace {

constexpr std::string_view kBlank = "***";

/// Of S3's signatures version 4 and 2, and of other stores' presigned URLs; in lower case.
constexpr std::array<std::string_view, 7> kSecretParameters{
    "x-amz-signature=",
    "x-amz-security-token=",
    "x-amz-credential=",
    "signature=",
    "awsaccesskeyid=",
    "x-goog-signature=",
    "sig="};

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

/// Whether `c` may belong to the name of a parameter, so that "sig=" is not found in "design=".
bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

void blank_parameter(std::string& text, std::string_view name) {
  const auto same = [](char a, char b) {
    return lower(a) == b;
  };
  for (std::size_t from = 0;;) {
    const auto found = std::search(
        text.begin() + static_cast<std::ptrdiff_t>(from),
        text.end(),
        name.begin(),
        name.end(),
        same);
    if (found == text.end()) {
      return;
    }
    const auto at = static_cast<std::size_t>(found - text.begin());
    from = at + name.size();
    if (at == 0 || !is_name_character(text[at - 1])) {
      const auto end = std::min(text.find_first_of("& \t'\"", from), text.size());
      text.replace(from, end - from, kBlank);
    }
  }
}

/// The end of what stands in front of the host or the bucket, npos if nothing does. A secret of a
/// store may hold slashes, and so may what follows the bucket of a tenant: s3://tenant:bucket/a@b.
std::size_t user_info_end(const std::string& text, std::string_view scheme, std::size_t at) {
  const auto word = std::min(text.find_first_of(" \t'\"", at), text.size());
  const auto host = std::min(text.find_first_of("/?#", at), word);
  if (scheme.ends_with("http") || scheme.ends_with("https")) {
    const auto mark = text.find('@', at);
    return mark < host ? mark : std::string::npos;
  }
  const auto mark = text.find('@', at);
  const auto colon = text.find(':', at);
  const bool keys = scheme.ends_with("s3") && colon < std::min(host, mark) &&
                    (mark < host ||
                     base::looks_like_access_key_id(std::string_view(text).substr(at, colon - at)));
  return keys && mark < word ? mark : std::string::npos;
}

void blank_user_info(std::string& text) {
  constexpr std::string_view kMark = "://";
  for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    const auto scheme = text.substr(0, at);
    at += kMark.size();
    if (const auto end = user_info_end(text, scheme, at); end != std::string::npos) {
      text.replace(at, end - at, kBlank);
    }
  }
}

bool is_scheme_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
}

/// Where the address ends that begins at `begin`. A query may hold quotes itself.
std::size_t address_end(const std::string& text, std::size_t begin) {
  const auto word = std::min(text.find_first_of(" \t", begin), text.size());
  const char before = begin == 0 ? ' ' : text[begin - 1];
  if (before != '\'' && before != '"') {
    return word;
  }
  const auto quote = text.rfind(before, word - 1);
  return quote == std::string::npos || quote < begin ? word : quote;
}

/// What follows the '?' of an address, also of one that is written wrong: any server may let in
/// whoever knows it. A key in S3 and a file's name are no addresses.
void blank_queries(std::string& text) {
  for (auto mark = text.find(":/"); mark != std::string::npos; mark = text.find(":/", mark + 1)) {
    auto begin = mark;
    while (begin > 0 && is_scheme_character(text[begin - 1])) {
      --begin;
    }
    std::string scheme = text.substr(begin, mark - begin);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
    const auto end = address_end(text, begin);
    const auto query = text.find('?', mark);
    if (!scheme.empty() && scheme != "s3" && scheme != "file" && query < end) {
      const bool colon = text[end - 1] == ':';
      text.replace(query + 1, end - query - 1, colon ? "***:" : kBlank);
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
  blank_queries(clean);
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
