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

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    require(context_ != nullptr, "EVP_MD_CTX_new");
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "EVP_DigestInit_ex");
  }

  void add(const void* data, std::size_t size) {
    require(EVP_DigestUpdate(context_.get(), data, size) == 1, "EVP_DigestUpdate");
  }

  Digest finish() {
    Digest digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1, "EVP_DigestFinal_ex");
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, ContextDelete> context_;
};

}  // namespace

Digest sha256(std::string_view text) {
  Sha256 hash;
  hash.add(text.data(), text.size());
  return hash.finish();
}

Digest sha256(const std::vector<std::span<const std::byte>>& pieces) {
  Sha256 hash;
  for (const auto& piece : pieces) {
    hash.add(piece.data(), piece.size());
  }
  return hash.finish();
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
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const unsigned char byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 0xFU];
  }
  return hex;
}

}  // namespace s3reel::s3
