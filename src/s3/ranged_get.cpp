#include "s3/ranged_get.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "s3/header_values.h"

namespace s3reel::s3 {
namespace {

std::string header(const http::Headers& headers, std::string_view name) {
  return http::find_header(headers, name).value_or("");
}

}  // namespace

RangedGet::RangedGet(const GetRange& request, Sender& sender, std::atomic<bool>& by_version)
    : request_(request),
      sender_(sender),
      by_version_(by_version),
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
      by_version_ = false;
      send(stop);
    }
  } catch (const Error& error) {
    explain(error);
  }
  return *answer_;
}

void RangedGet::send(const std::stop_token& stop) {
  Call call{
      .operation = "GetObject",
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
  if (generation_ && !generation_->etag.empty()) {
    call.headers.emplace_back("If-Match", generation_->etag);
  }
  named_version_ = generation_ && !generation_->version_id.empty() && by_version_;
  if (named_version_) {
    call.query = {{"versionId", generation_->version_id}};
  }
}

void RangedGet::take_head(int status, const http::Headers& headers) {
  status_ = status;
  if (status < 200 || status >= 300) {
    return;
  }
  io::SourceIdentity found{
      .url = request_.object.url(),
      .size = 0,
      .etag = header(headers, "etag"),
      .version_id = header(headers, "x-amz-version-id"),
      .last_modified = header(headers, "last-modified"),
      .content_type = header(headers, "content-type")};
  io::ByteRange range;
  if (status == 206) {
    const auto text = header(headers, "content-range");
    const auto parsed = parse_content_range(text);
    if (!parsed || parsed->range.begin != next_ ||
        parsed->range.end != std::min(end_, parsed->size)) {
      fail(
          ErrorKind::unavailable,
          true,
          fmt::format("the store answered with another range ('{}')", text),
          "");
      return;
    }
    range = parsed->range;
    found.size = parsed->size;
    const auto length = header(headers, "content-length");
    if (!length.empty() && length != std::to_string(range.end - range.begin)) {
      fail(
          ErrorKind::unavailable,
          true,
          fmt::format("the store's answer has {} bytes for the range '{}'", length, text),
          "");
      return;
    }
  } else {
    // The whole object instead of the range: S3 itself never does that. Without an ETag it is none,
    // but what something on the way has to say.
    if (found.etag.empty()) {
      fail(ErrorKind::unavailable, true, "the store's answer has no ETag", "");
      return;
    }
    const auto text = header(headers, "content-length");
    const auto size = parse_length(text);
    if (!size) {
      fail(ErrorKind::unavailable, true, "the store's answer has no length", "");
      return;
    }
    if (*size == 0) {
      fail(ErrorKind::input, false, "the object is empty", "");
      return;
    }
    if (next_ != 0 || *size > end_) {
      fail(ErrorKind::refused, false, "the store ignores Range", "ranged reads are needed");
      return;
    }
    range = {.begin = 0, .end = *size};
    found.size = *size;
  }
  if (!check_generation(found)) {
    return;
  }
  end_ = range.end;
  const RangeAnswer answer{.identity = found, .range = range};
  if (!answer_) {
    answer_ = answer;
  }
  if (!generation_) {
    generation_ = found;
  }
  if (request_.on_answer) {
    request_.on_answer(answer);
  }
}

bool RangedGet::check_generation(const io::SourceIdentity& found) {
  if (!generation_ || (found.etag == generation_->etag && found.size == generation_->size)) {
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
    fail(ErrorKind::unavailable, !all_here, "the store sent more bytes than it promised", "");
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
        fmt::format("the store sent {} bytes less than it promised", end_ - next_),
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
      .operation = "s3.GetObject",
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
