#include "s3/digest.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

struct ContextDelete {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

void require(bool worked, const char* what) {
  if (!worked) {
    throw Error(ErrorInfo{.operation = what, .subject = "OpenSSL", .reason = "the call failed"});
  }
}

class Hash {
 public:
  /// False: the algorithm is forbidden.
  bool begin(const EVP_MD* algorithm) {
    require(context_ != nullptr, "EVP_MD_CTX_new");
    return EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1;
  }

  void add(const void* data, std::size_t size) {
    require(EVP_DigestUpdate(context_.get(), data, size) == 1, "EVP_DigestUpdate");
  }

  void finish(std::span<unsigned char> digest) {
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1, "EVP_DigestFinal_ex");
  }

 private:
  std::unique_ptr<EVP_MD_CTX, ContextDelete> context_{EVP_MD_CTX_new()};
};

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace

Digest sha256(std::string_view text) {
  return sha256({std::as_bytes(std::span(text))});
}

Digest sha256(const std::vector<std::span<const std::byte>>& pieces) {
  Hash hash;
  require(hash.begin(EVP_sha256()), "EVP_DigestInit_ex");
  for (const auto& piece : pieces) {
    hash.add(piece.data(), piece.size());
  }
  Digest digest{};
  hash.finish(digest);
  return digest;
}

std::string md5_hex(const std::vector<std::span<const std::byte>>& pieces) {
  Hash hash;
  if (!hash.begin(EVP_md5())) {
    return {};
  }
  for (const auto& piece : pieces) {
    hash.add(piece.data(), piece.size());
  }
  std::array<unsigned char, 16> digest{};
  hash.finish(digest);
  return hex(digest);
}

Digest hmac_sha256(std::span<const unsigned char> key, std::string_view text) {
  Digest digest{};
  unsigned int size = 0;
  const auto* done = HMAC(
      EVP_sha256(),
      key.data(),
      static_cast<int>(key.size()),
      reinterpret_cast<const unsigned char*>(text.data()),
      text.size(),
      digest.data(),
      &size);
  require(done != nullptr && size == digest.size(), "HMAC");
  return digest;
}

std::string to_hex(const Digest& digest) {
  return hex(digest);
}

}  // namespace s3reel::s3
