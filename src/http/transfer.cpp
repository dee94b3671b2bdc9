#include "http/transfer.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/cancelled.h"
#include "base/units.h"
#include "http/answer_head.h"
#include "http/redact.h"
#include "http/transport_error.h"

namespace s3reel::http {
namespace {

constexpr long kReceiveBufferBytes = 256L * 1024;
constexpr long kSendBufferBytes = 256L * 1024;
// AWS closes idle connections after some seconds, and an encoder is quiet for longer than that: a
// connection this old is not worth a try (its own CRT client notes about 5 s).
constexpr long kMaxIdleSeconds = 20;
constexpr std::size_t kMaxCollectedBody = base::kMiB;

std::uint64_t body_size(const Request& request) {
  return std::accumulate(
      request.body.begin(), request.body.end(), std::uint64_t{0}, [](auto sum, const auto& span) {
        return sum + span.size();
      });
}

/// Host of a URL, without port and brackets.
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  auto rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  if (rest.starts_with('[')) {
    return rest.substr(1, rest.find(']') - 1);
  }
  return rest.substr(0, rest.rfind(':'));
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         host == "::1";
}

}  // namespace

Transfer::Transfer(const Request& request, const TransferOptions& options)
    : request_(request), easy_(curl_easy_init()) {
  if (!easy_) {
    throw std::bad_alloc();
  }
  set(easy_.get(), CURLOPT_ERRORBUFFER, error_text_);
  set(easy_.get(), CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy_.get(), CURLOPT_URL, request_.url.c_str());
  set(easy_.get(), CURLOPT_PATH_AS_IS, 1L);  // keys hold "..", "//" and the like
  set_method();
  set_headers();
  set_connection(options);
  set(easy_.get(), CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy_.get(), CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy_.get(), CURLOPT_WRITEFUNCTION, &Transfer::on_write);
  set(easy_.get(), CURLOPT_WRITEDATA, static_cast<void*>(this));
}

void Transfer::set_method() {
  const auto size = body_size(request_);
  if (request_.method == "GET" && size == 0) {
    set(easy_.get(), CURLOPT_HTTPGET, 1L);
    return;
  }
  if (request_.method == "HEAD") {
    set(easy_.get(), CURLOPT_NOBODY, 1L);
    return;
  }
  if (request_.method == "PUT" || request_.method == "POST" || size > 0) {
    set(easy_.get(), CURLOPT_UPLOAD, 1L);
    set(easy_.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    set(easy_.get(), CURLOPT_READFUNCTION, &Transfer::on_read);
    set(easy_.get(), CURLOPT_READDATA, static_cast<void*>(this));
    // libcurl rewinds when a reused connection turns out to be dead.
    set(easy_.get(), CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
    set(easy_.get(), CURLOPT_SEEKDATA, static_cast<void*>(this));
    set(easy_.get(), CURLOPT_UPLOAD_BUFFERSIZE, kSendBufferBytes);
  }
  set(easy_.get(), CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void Transfer::set_headers() {
  for (const auto& [name, value] : request_.headers) {
    // libcurl sends "Name:" without a value only when it is written "Name;".
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    append(headers_, line);
  }
  append(headers_, "Expect:");  // or libcurl waits up to 1 s for "100 Continue" before a body
  set(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  set(easy_.get(), CURLOPT_USERAGENT, "s3reel");
}

void Transfer::set_connection(const TransferOptions& options) {
  set(easy_.get(), CURLOPT_NOSIGNAL, 1L);
  set(easy_.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  // Over one HTTP/2 connection parallel parts would share one TCP window; AWS speaks 1.1 only.
  set(easy_.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_.get(), CURLOPT_FOLLOWLOCATION, 0L);  // a redirected request needs a new signature
  set(easy_.get(), CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_.get(), CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(easy_.get(), CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  set(easy_.get(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.timeouts.connect.count()));
  if (request_.fresh_connection) {
    set(easy_.get(), CURLOPT_FRESH_CONNECT, 1L);
  }
  if (options.ca_bundle) {
    set(easy_.get(), CURLOPT_CAINFO, options.ca_bundle->c_str());
  }
  // Or the end of a transfer waits for its name look-up, which no timeout and no stop can end.
  set(easy_.get(), CURLOPT_QUICK_EXIT, 1L);
  // A proxy's answer to CONNECT is not the store's: the callbacks are to see that one only.
  set(easy_.get(), CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (is_loopback(host_of(request_.url))) {
    set(easy_.get(), CURLOPT_PROXY, "");  // also overrides http_proxy of the environment
  }
}

Transfer::Steady Transfer::stall_deadline(Steady now) {
  if (!connected_) {
    curl_off_t pretransfer = 0;
    check(
        curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &pretransfer),
        "curl_easy_getinfo");
    connected_ = pretransfer > 0;
    window_begin_ = now;  // until then the connect timeout rules
    window_bytes_ = moved_bytes_;
  }
  const auto stall = request_.timeouts.stall;
  const auto needed = std::max<std::uint64_t>(
      1,
      request_.timeouts.stall_bytes_per_second * static_cast<std::uint64_t>(stall.count()) / 1'000);
  if (moved_bytes_ - window_bytes_ >= needed) {
    window_begin_ = now;
    window_bytes_ = moved_bytes_;
  }
  return window_begin_ + stall;
}

std::size_t Transfer::on_header(
    char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    transfer.take_header_line(std::string_view(data, size * count));
    return size * count;
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return 0;
  }
}

void Transfer::take_header_line(std::string_view line) {
  moved_bytes_ += line.size();
  if (head_complete_) {
    return;  // trailers
  }
  head_complete_ = take_head_line(response_, line) == HeadLine::last;
  if (head_complete_ && request_.on_head) {
    request_.on_head(response_.status, response_.headers);
  }
}

std::size_t Transfer::on_write(
    char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  try {
    return transfer.take_body(std::string_view(data, size * count)) ? size * count : 0;
  } catch (...) {
    transfer.thrown_ = std::current_exception();
    return 0;
  }
}

bool Transfer::take_body(std::string_view data) {
  moved_bytes_ += data.size();
  if (cancelled()) {
    return false;
  }
  const bool success = response_.status >= 200 && response_.status < 300;
  if (success && request_.on_body) {
    sink_refused_ = !request_.on_body(std::as_bytes(std::span(data)));
    return !sink_refused_;
  }
  response_.body.append(data.substr(0, kMaxCollectedBody - response_.body.size()));
  return true;
}

std::size_t Transfer::on_read(
    char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto& body = transfer.request_.body;
  const std::size_t room = size * count;
  std::size_t filled = 0;
  while (filled < room && transfer.body_span_ < body.size()) {
    const auto rest = body[transfer.body_span_].subspan(transfer.body_offset_);
    const auto take = std::min(rest.size(), room - filled);
    if (take > 0) {
      std::memcpy(data + filled, rest.data(), take);
    }
    filled += take;
    transfer.body_offset_ += take;
    if (transfer.body_offset_ == body[transfer.body_span_].size()) {
      ++transfer.body_span_;
      transfer.body_offset_ = 0;
    }
  }
  transfer.moved_bytes_ += filled;
  return filled;
}

int Transfer::on_seek(void* self, curl_off_t offset, int origin) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  auto left = static_cast<std::uint64_t>(offset);
  std::size_t span = 0;
  const auto& body = transfer.request_.body;
  while (span < body.size() && left >= body[span].size()) {
    left -= body[span].size();
    ++span;
  }
  transfer.body_span_ = span;
  transfer.body_offset_ = static_cast<std::size_t>(left);
  return CURL_SEEKFUNC_OK;
}

void Transfer::finish(CURLcode code) noexcept {
  if (thrown_) {
    end(Outcome::broken, code);
  } else if (cancelled() || sink_refused_) {
    end(Outcome::cancelled, code);
  } else {
    // To libcurl a head that the connection's end cuts off is a whole one.
    const bool whole = code != CURLE_OK || head_complete_;
    const CURLcode verdict = whole ? code : CURLE_PARTIAL_FILE;
    end(verdict == CURLE_OK ? Outcome::answered : Outcome::failed, verdict);
  }
}

void Transfer::finish_stalled() noexcept {
  end(Outcome::stalled, CURLE_OPERATION_TIMEDOUT);
}

void Transfer::finish_cancelled() noexcept {
  end(Outcome::cancelled, CURLE_ABORTED_BY_CALLBACK);
}

void Transfer::finish_broken(std::exception_ptr cause) noexcept {
  thrown_ = std::move(cause);
  end(Outcome::broken, CURLE_ABORTED_BY_CALLBACK);
}

void Transfer::end(Outcome outcome, CURLcode code) noexcept {
  // Notified under the lock: as soon as it is free, the waiting thread may destroy this object.
  const std::scoped_lock lock(mutex_);
  outcome_ = outcome;
  code_ = code;
  finished_.notify_one();
}

Response Transfer::wait() {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return outcome_ != Outcome::pending; });
  if (outcome_ == Outcome::answered) {
    return std::move(response_);
  }
  throw_failure();
}

void Transfer::throw_failure() const {
  if (outcome_ == Outcome::cancelled) {
    throw base::Cancelled();
  }
  if (outcome_ == Outcome::broken) {
    std::rethrow_exception(thrown_);
  }
  const std::string subject = redact_url(request_.url);
  if (outcome_ == Outcome::stalled) {
    throw Stalled(stalled_error(request_.method, subject, request_.timeouts.stall));
  }
  curl_off_t connect_time = 0;
  static_cast<void>(curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connect_time));
  const CurlFailure failure{
      .code = code_,
      .text = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code_),
      .connected = connect_time > 0,
      .answered = response_.status != 0};
  throw_transport_error(request_.method, subject, failure);
}

}  // namespace s3reel::http
