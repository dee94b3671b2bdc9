#include "s3reel/error.h"

#include <utility>

#include <fmt/format.h>

namespace s3reel {
namespace {

std::string store_facts(const ErrorInfo& info) {
  std::string facts;
  const auto add = [&facts](const std::string& text) {
    facts += facts.empty() ? text : ", " + text;
  };
  if (info.http_status != 0) {
    add(fmt::format("HTTP {}", info.http_status));
  }
  if (!info.s3_code.empty()) {
    add(info.s3_code);
  }
  if (!info.request_id.empty()) {
    add("request id " + info.request_id);
  }
  return facts.empty() ? facts : " (" + facts + ")";
}

std::string sentence(const ErrorInfo& info) {
  std::string text = info.operation;
  if (!info.subject.empty()) {
    text += text.empty() ? info.subject : " " + info.subject;
  }
  if (!info.reason.empty()) {
    text += text.empty() ? info.reason : ": " + info.reason;
  }
  text += store_facts(info);
  if (!info.hint.empty()) {
    text += "; " + info.hint;
  }
  return text;
}

}  // namespace

Error::Error(ErrorInfo info) : info_(std::move(info)), what_(sentence(info_)) {}

}  // namespace s3reel
