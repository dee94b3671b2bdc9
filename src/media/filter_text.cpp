#include "media/filter_text.h"

#include <algorithm>
#include <cstddef>

namespace s3reel::media {
namespace {

constexpr std::string_view kSpace = " \n\t\r";

/// Walks over the text, one meaningful character after the other.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  void skip_space() {
    while (!at_end() && kSpace.find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  [[nodiscard]] bool next_is(char wanted) const { return !at_end() && text_[at_] == wanted; }

  void step() { ++at_; }

  /// Up to one of `ends`, which stays; quotes and escapes are taken off.
  std::string word(std::string_view ends) {
    std::string found;
    bool quoted = false;
    for (; !at_end(); ++at_) {
      const char one = text_[at_];
      if (one == '\'') {
        quoted = !quoted;
      } else if (!quoted && one == '\\' && at_ + 1 < text_.size()) {
        found += text_[++at_];
      } else if (!quoted && ends.find(one) != std::string_view::npos) {
        break;
      } else {
        found += one;
      }
    }
    return found;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  const std::size_t end = text.find_last_not_of(kSpace);
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

void skip_labels(Scanner& scanner) {
  scanner.skip_space();
  while (scanner.next_is('[')) {
    scanner.word("]");
    scanner.step();
    scanner.skip_space();
  }
}

// "sws_flags=...;" may stand before the first filter. It goes up to the next semicolon, inside
// quotes too: libavfilter looks for that before it reads any (parse_sws_flags() in graphparser.c).
std::string_view without_scaler_flags(std::string_view graph) {
  graph.remove_prefix(std::min(graph.find_first_not_of(kSpace), graph.size()));
  if (!graph.starts_with("sws_flags=")) {
    return graph;
  }
  const std::size_t end = graph.find(';');
  return end == std::string_view::npos ? std::string_view() : graph.substr(end + 1);
}

}  // namespace

std::vector<std::string> filter_names(std::string_view graph) {
  Scanner scanner(without_scaler_flags(graph));
  std::vector<std::string> names;
  while (!scanner.at_end()) {
    skip_labels(scanner);
    const std::string name = trimmed(scanner.word("=,;["));
    if (scanner.next_is('=')) {
      scanner.step();
      scanner.word(",;[");
    }
    // "scale@mine" is the filter scale with a name of its own.
    if (!name.empty()) {
      names.push_back(name.substr(0, name.find('@')));
    }
    skip_labels(scanner);
    if (!scanner.at_end()) {
      scanner.step();
    }
  }
  return names;
}

}  // namespace s3reel::media
