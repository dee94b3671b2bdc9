#include "s3/publication.h"

#include <fmt/format.h>

#include "base/cancelled.h"

namespace s3reel::s3 {
namespace {

constexpr int kPreconditionFailed = 412;
constexpr int kNotImplemented = 501;

bool condition_unsupported(const Error& error) {
  return error.info().http_status == kNotImplemented || error.info().s3_code == "NotImplemented";
}

bool condition_failed(const Error& error) {
  return error.info().http_status == kPreconditionFailed ||
         error.info().s3_code == "PreconditionFailed";
}

/// Answers that an earlier attempt of the same request, whose own answer was lost, may have caused.
bool may_hide_success(const Error& error) {
  return error.info().kind == ErrorKind::unavailable || error.info().s3_code == "NoSuchUpload" ||
         error.info().s3_code == "ConditionalRequestConflict" || condition_failed(error);
}

}  // namespace

void Publication::check_absent(const std::stop_token& stop) {
  if (subject_.condition == Condition::if_absent &&
      client_.head_object(subject_.object, HeadFor::existence, stop)) {
    throw exists_error();
  }
}

Publication::Outcome Publication::run(const Request& request, const Withdraw& withdraw) {
  Condition condition = subject_.condition;
  std::optional<std::string> etag;
  while (!etag) {
    try {
      etag = request(condition);
    } catch (const Error& error) {
      if (condition == Condition::if_absent && condition_unsupported(error)) {
        condition = Condition::none;
        continue;
      }
      if (auto outcome = settle(error, withdraw)) {
        outcome->condition = condition;
        return *outcome;
      }
      if (condition == Condition::if_absent && condition_failed(error)) {
        throw exists_error();
      }
      throw;
    }
  }
  return verified({.etag = std::move(*etag), .condition = condition});
}

/// The object is there. HEAD gives what the answer may lack, the ETag above all; that it fails, for
/// want of the right to read, is no failure of the publication.
Publication::Outcome Publication::verified(Outcome outcome) {
  std::optional<StoredObject> found;
  try {
    found = look();
  } catch (const Error& error) {
    log_.warn(fmt::format(
        "{} is published, but could not be looked at: {}", subject_.object.url(), error.what()));
    outcome.checks = not_compared("not looked at");
    return outcome;
  }
  const bool same_token = found && found->metadata.contains(kTokenKey) &&
                          found->metadata.at(kTokenKey) == subject_.token;
  if (!same_token) {
    log_.warn(fmt::format(
        "{} was published and is already replaced or removed by someone else",
        subject_.object.url()));
    outcome.checks = not_compared("not comparable: already replaced");
    return outcome;
  }
  Outcome compared = outcome_of(*found);
  compared.condition = outcome.condition;
  return compared;
}

Publication::Outcome Publication::outcome_of(const StoredObject& found) const {
  return {
      .etag = found.identity.etag,
      .version_id = found.identity.version_id,
      .checks = compare(subject_.object, found, subject_.sent)};
}

/// A store that does not know the checksum mode may refuse it.
std::optional<StoredObject> Publication::look() {
  try {
    return client_.head_object(subject_.object, HeadFor::checksum, {});
  } catch (const Error& error) {
    if (error.info().kind != ErrorKind::refused) {
      throw;
    }
    return client_.head_object(subject_.object, HeadFor::existence, {});
  }
}

/// Any failure is looked into: a refusal may have met a second attempt, after a first one that
/// worked and whose answer was lost.
std::optional<Publication::Outcome> Publication::settle(
    const Error& cause, const Withdraw& withdraw) {
  std::optional<StoredObject> found;
  try {
    found = look();
    if (!ours(found) && withdraw) {
      // The store may still be at it. Once the upload is removed, the next look is final.
      withdraw();
      found = look();
    }
  } catch (const Error& check) {
    if (!may_hide_success(cause)) {
      return std::nullopt;
    }
    throw unknown_error(cause, check);
  }
  if (!ours(found)) {
    return std::nullopt;
  }
  log_.info(fmt::format(
      "{} is published although the answer was: {}", subject_.object.url(), cause.what()));
  return outcome_of(*found);
}

bool Publication::ours(const std::optional<StoredObject>& found) const {
  if (!found || found->identity.size != subject_.sent.size) {
    return false;
  }
  const auto token = found->metadata.find(kTokenKey);
  return token != found->metadata.end() && token->second == subject_.token;
}

Error Publication::exists_error() const {
  return Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "publish",
      .subject = subject_.object.url(),
      .reason = "the object exists and is not to be replaced",
      .hint = "choose another key or leave out --no-clobber"});
}

Error Publication::unknown_error(const Error& cause, const std::exception& check) const {
  ErrorInfo info = cause.info();
  info.kind = ErrorKind::unavailable;
  info.operation = "publish";
  info.subject = subject_.object.url();
  info.reason = fmt::format(
      "it is unknown whether the object was published: {}; and looking at it failed: {}",
      cause.what(),
      check.what());
  info.hint = fmt::format(
      "look at the object later: it is this result if its metadata has {} {}",
      kTokenKey,
      subject_.token);
  info.http_status = 0;
  info.s3_code.clear();
  info.request_id.clear();
  return Error(std::move(info));
}

}  // namespace s3reel::s3
