#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace s3reel::base {

/// Whether `text` is what stores give out as the id of an access key: AKIAIOSFODNN7EXAMPLE. Tells
/// s3://ID:SECRET@bucket/key from s3://tenant:bucket/me@home, where the secret may hold '/'.
inline bool looks_like_access_key_id(std::string_view text) {
  constexpr std::size_t kShortest = 16;
  return text.size() >= kShortest && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

}  // namespace s3reel::base
