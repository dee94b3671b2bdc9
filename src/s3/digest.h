#pragma once

/// SHA-256, HMAC-SHA-256 and MD5 over OpenSSL's EVP.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace s3reel::s3 {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text);

/// Of the concatenation of `pieces`, without copying them together.
Digest sha256(const std::vector<std::span<const std::byte>>& pieces);

Digest hmac_sha256(std::span<const unsigned char> key, std::string_view text);

/// 32 digits in lower case; empty where the machine's policy forbids MD5.
std::string md5_hex(const std::vector<std::span<const std::byte>>& pieces);

/// Lower case.
std::string to_hex(const Digest& digest);

}  // namespace s3reel::s3
