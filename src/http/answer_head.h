#pragma once

#include <string_view>

#include "http/client.h"

namespace s3reel::http {

enum class HeadLine {
  more,  ///< the head goes on
  last   ///< the line was the blank one that ends the head of the final answer
};

/// Takes the next line of an answer's head, with its line end, into status and headers of `answer`.
/// The head of an interim answer (100 Continue) is forgotten when the next one begins. What is
/// neither a status line nor `name: value` is passed over. Pure.
HeadLine take_head_line(Response& answer, std::string_view line);

}  // namespace s3reel::http
