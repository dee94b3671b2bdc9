#include "s3/ranged_get.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "s3/header_values.h"

namespace s3reel::s3 {
namespace {

constexpr char kCopyFirst[] = "copy it into a bucket or a local file first";

std::string header(const http::Headers& headers, std::string_view name) {
  return http::find_header(headers, name).value_or("");
}

}  // namespace

RangedGet::RangedGet(const GetRange& request, Sender& sender, ReadRules rules)
    : request_(request),
      sender_(sender),
      rules_(rules),
      next_(request.range.begin),
      end_(request.range.end),
      generation_(request.pinned) {}

RangeAnswer RangedGet::run(const std::stop_token& stop) {
  try {
    try {
      send(stop);
    } catch (const Error& error) {
      // Naming a version takes a right of its own (s3:GetObjectVersion) that readers often lack.
      // If-Match alone pins the generation as well.
      if (error.info().http_status != 403 || !named_version_) {
        throw;
      }
      *rules_.by_version = false;
      send(stop);
    }
  } catch (const Error& error) {
    explain(error);
  }
  return *answer_;
}

void RangedGet::send(const std::stop_token& stop) {
  Call call{
      .operation = rules_.operation,
      .object = request_.object,
      .method = "GET",
      .stall = std::chrono::milliseconds(sender_.limits().stall_timeout_ms),
      .stall_bytes_per_second = http::Timeouts{}.stall_bytes_per_second,
      .prepare = [this](Call& next) { prepare(next); },
      .on_head = [this](int status, const http::Headers& headers) { take_head(status, headers); },
      .on_body = [this](std::span<const std::byte> data) { return take_body(data); },
      .accept = [this](const http::Response&) { check_complete(); },
      .verdict = [this] { return problem_; },
      .progressed = [this] { return next_ > attempt_begin_; },
      // The end of a chunked body comes behind its last byte and may be cut off alone.
      .satisfied =
          [this] {
            return next_ == end_;
          }};
  sender_.send(call, stop);
}

void RangedGet::prepare(Call& call) {
  problem_.reset();
  attempt_begin_ = next_;
  call.detail = fmt::format("bytes {}-{}", next_, end_ - 1);
  call.query.clear();
  call.headers = {{"Range", fmt::format("bytes={}-{}", next_, end_ - 1)}};
  if (generation_ && is_named(*generation_)) {
    call.headers.emplace_back("If-Match", generation_->etag);
  } else if (generation_ && rules_.by_last_modified) {
    call.headers.emplace_back("If-Unmodified-Since", generation_->last_modified);
  }
  named_version_ = generation_ && !generation_->version_id.empty() &&
                   rules_.by_version != nullptr && *rules_.by_version;
  if (named_version_) {
    call.query = {{"versionId", generation_->version_id}};
  }
}

/// Whether If-Match can name it.
bool RangedGet::is_named(const io::SourceIdentity& generation) const {
  return rules_.by_last_modified ? is_strong_etag(generation.etag) : !generation.etag.empty();
}

void RangedGet::take_head(int status, const http::Headers& headers) {
  status_ = status;
  if (status < 200 || status >= 300) {
    return;
  }
  RangeAnswer answer{
      .identity =
          {.url = request_.object.url(),
           .size = 0,
           .etag = header(headers, "etag"),
           .version_id = header(headers, "x-amz-version-id"),
           .last_modified = header(headers, "last-modified"),
           .content_type = header(headers, "content-type")},
      .range = {}};
  if (!(status == 206 ? take_partial_head(headers, answer) : take_whole_head(headers, answer)) ||
      !check_generation(answer.identity)) {
    return;
  }
  end_ = answer.range.end;
  if (!answer_) {
    answer_ = answer;
  }
  if (!generation_) {
    generation_ = answer.identity;
  }
  if (request_.on_answer) {
    request_.on_answer(answer);
  }
}

bool RangedGet::take_partial_head(const http::Headers& headers, RangeAnswer& answer) {
  const auto text = header(headers, "content-range");
  if (rules_.by_last_modified && text.ends_with("/*")) {
    fail(ErrorKind::refused, false, "the server does not say how long it is", kCopyFirst);
    return false;
  }
  const auto parsed = parse_content_range(text);
  if (!parsed || parsed->range.begin != next_ ||
      parsed->range.end != std::min(end_, parsed->size)) {
    fail(
        ErrorKind::unavailable,
        true,
        fmt::format("{} answered with another range ('{}')", rules_.server, text),
        "");
    return false;
  }
  answer.range = parsed->range;
  answer.identity.size = parsed->size;
  const auto length = header(headers, "content-length");
  if (!length.empty() && length != std::to_string(answer.range.end - answer.range.begin)) {
    fail(
        ErrorKind::unavailable,
        true,
        fmt::format("{}'s answer has {} bytes for the range '{}'", rules_.server, length, text),
        "");
    return false;
  }
  return true;
}

/// The whole object instead of the range: S3 itself never does that.
bool RangedGet::take_whole_head(const http::Headers& headers, RangeAnswer& answer) {
  // Without an ETag it is none, but what something on the way has to say.
  if (answer.identity.etag.empty() && !rules_.by_last_modified) {
    fail(ErrorKind::unavailable, true, "the store's answer has no ETag", "");
    return false;
  }
  const auto size = parse_length(header(headers, "content-length"));
  if (!size && !rules_.by_last_modified) {
    fail(ErrorKind::unavailable, true, "the store's answer has no length", "");
    return false;
  }
  if (size == 0U) {
    fail(ErrorKind::input, false, "the object is empty", "");
    return false;
  }
  if (!size || next_ != 0 || *size > end_) {
    fail(
        ErrorKind::refused,
        false,
        fmt::format("{} ignores Range", rules_.server),
        fmt::format("ranged reads are needed: {}", kCopyFirst));
    return false;
  }
  answer.range = {.begin = 0, .end = *size};
  answer.identity.size = *size;
  return true;
}

bool RangedGet::check_generation(const io::SourceIdentity& found) {
  if (rules_.by_last_modified && !is_strong_etag(found.etag) && found.last_modified.empty()) {
    fail(
        ErrorKind::refused,
        false,
        "the server gives neither an ETag nor Last-Modified: a change while it is read would go "
        "unseen",
        kCopyFirst);
    return false;
  }
  const bool by_time = rules_.by_last_modified && !is_strong_etag(found.etag);
  if (!generation_ || (found.etag == generation_->etag && found.size == generation_->size &&
                       (!by_time || found.last_modified == generation_->last_modified))) {
    return true;
  }
  fail(
      ErrorKind::refused,
      false,
      "the source changed under the job",
      "start again when nobody writes to it");
  return false;
}

bool RangedGet::take_body(std::span<const std::byte> data) {
  if (problem_) {
    return false;
  }
  if (data.size() > end_ - next_) {
    const bool all_here = next_ == end_;  // nothing is left to ask for
    fail(
        ErrorKind::unavailable,
        !all_here,
        fmt::format("{} sent more bytes than it promised", rules_.server),
        "");
    return false;
  }
  sender_.add_read(data.size());
  if (request_.on_bytes && !request_.on_bytes(data)) {
    return false;
  }
  next_ += data.size();
  return true;
}

void RangedGet::check_complete() {
  if (!problem_ && next_ != end_) {
    fail(
        ErrorKind::unavailable,
        true,
        fmt::format("{} sent {} bytes less than it promised", rules_.server, end_ - next_),
        "");
  }
  if (problem_) {
    throw Error(*problem_);
  }
}

void RangedGet::fail(
    ErrorKind kind, bool retryable, const std::string& reason, const std::string& hint) {
  problem_ = ErrorInfo{
      .kind = kind,
      .retryable = retryable,
      .operation = fmt::format("{}.{}", rules_.service, rules_.operation),
      .subject = fmt::format("{} bytes {}-{}", request_.object.url(), next_, end_ - 1),
      .reason = reason,
      .hint = hint,
      .http_status = status_};
}

void RangedGet::explain(const Error& error) const {
  ErrorInfo info = error.info();
  info.subject = request_.object.url();
  if (info.http_status == 412) {
    info.reason = "the source changed under the job";
    info.hint = "start again when nobody writes to it";
    throw Error(info);
  }
  if (info.http_status == 416 && request_.range.begin == 0 && !request_.pinned) {
    info.kind = ErrorKind::input;
    info.reason = "the object is empty";
    info.hint.clear();
    throw Error(info);
  }
  if (info.http_status == 416) {
    info.reason = "the source is shorter than it was, or than it was asked for";
    throw Error(info);
  }
  throw;
}

}  // namespace s3reel::s3
