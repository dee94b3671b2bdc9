#include "http/answer_head.h"

namespace s3reel::http {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

int status_of(std::string_view status_line) {
  const auto space = status_line.find(' ');
  const auto digits =
      space == std::string_view::npos ? status_line.substr(0, 0) : status_line.substr(space + 1);
  int status = 0;
  for (const char c : digits.substr(0, 3)) {
    status = c >= '0' && c <= '9' ? status * 10 + (c - '0') : 0;
  }
  return status;
}

}  // namespace

HeadLine take_head_line(Response& answer, std::string_view line) {
  if (line.starts_with("HTTP/")) {
    answer.headers.clear();  // what came before belonged to an interim answer
    answer.status = status_of(line);
    return HeadLine::more;
  }
  const auto text = trimmed(line);
  if (text.empty()) {
    return answer.status >= 200 ? HeadLine::last : HeadLine::more;
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos) {
    answer.headers.emplace_back(trimmed(text.substr(0, colon)), trimmed(text.substr(colon + 1)));
  }
  return HeadLine::more;
}

}  // namespace s3reel::http
