#include "http/transport_error.h"

#include <fmt/format.h>

namespace s3reel::http {
namespace {

enum class Verdict { no_connection, broken, untrusted, bad_bundle, bad_url };

Verdict verdict(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:  // the other side does not speak TLS, or hung up
      return Verdict::no_connection;
    case CURLE_OPERATION_TIMEDOUT:
      return failure.connected ? Verdict::broken : Verdict::no_connection;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Verdict::untrusted;
    case CURLE_SSL_CACERT_BADFILE:
      return Verdict::bad_bundle;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Verdict::bad_url;
    default:
      return Verdict::broken;
  }
}

}  // namespace

void throw_transport_error(
    const std::string& method, const std::string& subject, const CurlFailure& failure) {
  ErrorInfo info{
      .kind = ErrorKind::unavailable,
      .retryable = true,
      .operation = method,
      .subject = subject,
      .reason = failure.text};
  switch (verdict(failure)) {
    case Verdict::no_connection:
      info.hint = "check the address and port and that it is reachable from here";
      throw NotConnected(info);
    case Verdict::broken:
      info.reason = fmt::format(
          "the connection broke {} ({})",
          failure.answered ? "during the answer" : "before an answer",
          failure.text);
      throw Error(info);
    case Verdict::untrusted:
      info.kind = ErrorKind::refused;
      info.retryable = false;
      info.hint =
          "the server's certificate is not trusted for this name; for a private authority name its "
          "PEM file in AWS_CA_BUNDLE";
      throw Error(info);
    case Verdict::bad_bundle:
      info.kind = ErrorKind::usage;
      info.retryable = false;
      info.hint = "check that AWS_CA_BUNDLE names a readable PEM file of certificates";
      throw Error(info);
    case Verdict::bad_url:
      info.kind = ErrorKind::usage;
      info.retryable = false;
      info.hint = "write the address as http://host:port or https://host";
      throw Error(info);
  }
  throw Error(info);
}

ErrorInfo stalled_error(
    const std::string& method, const std::string& subject, std::chrono::milliseconds stall) {
  return ErrorInfo{
      .kind = ErrorKind::unavailable,
      .retryable = true,
      .operation = method,
      .subject = subject,
      .reason = fmt::format(
          "the connection made no progress for {:.1f} s",
          static_cast<double>(stall.count()) / 1'000.0)};
}

}  // namespace s3reel::http
