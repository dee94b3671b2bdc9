#include "s3/integrity.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "s3/crc64.h"
#include "s3/digest.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

constexpr std::size_t kMd5Digits = 32;
/// So many parts, and no good one among them, are not damaged: their ETags are no MD5s.
constexpr std::size_t kDoubtedEnough = 8;
constexpr const char* kVerified = "verified";

bool is_md5(const std::string& text) {
  return text.size() == kMd5Digits && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isxdigit(c) != 0;
         });
}

[[noreturn]] void other_bytes(const ObjectName& object, std::string reason) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "s3.HeadObject",
      .subject = object.url(),
      .reason = std::move(reason),
      .hint = "do not use the object; tell the operator of the store"});
}

std::string compare_etag(
    const ObjectName& object, const StoredObject& stored, const SentBytes& sent) {
  const std::string etag = unquoted(stored.identity.etag);
  if (sent.etag.empty() || stored.etag_is_opaque) {
    return "not comparable: it is no MD5 here";
  }
  if (etag == sent.etag) {
    return kVerified;
  }
  // Only of S3's own form it is known what it must be.
  const auto form = sent.etag.substr(std::min(sent.etag.find('-'), sent.etag.size()));
  if (sent.etags_are_md5 && etag.ends_with(form) &&
      is_md5(etag.substr(0, etag.size() - form.size()))) {
    other_bytes(
        object,
        fmt::format("the store's ETag is {}, that of its parts would be {}", etag, sent.etag));
  }
  return "not comparable: the store's ETag is no MD5";
}

}  // namespace

std::string unquoted(const std::string& etag) {
  const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
  return quoted ? etag.substr(1, etag.size() - 2) : etag;
}

bool PartETags::need_md5(const std::string& etag) const {
  const std::scoped_lock lock(mutex_);
  return is_md5(unquoted(etag)) && (are_md5_ || doubted_.size() < kDoubtedEnough);
}

std::optional<DamagedPart> PartETags::add(const Part& part, const std::string& md5) {
  const std::string etag = unquoted(part.etag);
  if (md5.empty() || !is_md5(etag)) {
    return std::nullopt;
  }
  const std::scoped_lock lock(mutex_);
  if (etag == md5) {
    are_md5_ = true;
    return doubted_.empty() ? std::nullopt : std::optional(doubted_.front());
  }
  DamagedPart damaged{.number = part.number, .etag = etag, .md5 = md5};
  if (are_md5_) {
    return damaged;
  }
  doubted_.push_back(std::move(damaged));
  return std::nullopt;
}

bool PartETags::are_md5() const {
  const std::scoped_lock lock(mutex_);
  return are_md5_;
}

std::string multipart_etag(const std::vector<Part>& parts) {
  std::vector<std::byte> digests;
  for (const Part& part : parts) {
    const std::string md5 = unquoted(part.etag);
    if (!is_md5(md5)) {
      return {};
    }
    for (std::size_t i = 0; i < kMd5Digits; i += 2) {
      digests.push_back(static_cast<std::byte>(std::stoul(md5.substr(i, 2), nullptr, 16)));
    }
  }
  const std::string whole = md5_hex({digests});
  return whole.empty() ? "" : fmt::format("{}-{}", whole, parts.size());
}

std::map<std::string, std::string> compare(
    const ObjectName& object, const StoredObject& stored, const SentBytes& sent) {
  if (stored.identity.size != sent.size) {
    other_bytes(
        object, fmt::format("the store published {} bytes of {}", stored.identity.size, sent.size));
  }
  const std::string crc = crc64nvme_text(sent.crc64);
  if (!stored.crc64nvme.empty() && stored.crc64nvme != crc) {
    other_bytes(
        object, fmt::format("the store's CRC64NVME is {}, ours is {}", stored.crc64nvme, crc));
  }
  return {
      {"size", kVerified},
      {"etag", compare_etag(object, stored, sent)},
      {"crc64nvme", stored.crc64nvme.empty() ? "not offered by the store" : kVerified}};
}

std::map<std::string, std::string> not_compared(const std::string& why) {
  return {{"size", why}, {"etag", why}, {"crc64nvme", why}};
}

}  // namespace s3reel::s3
