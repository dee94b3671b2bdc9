#include "cli/failure.h"

#include <csignal>
#include <cstring>
#include <new>
#include <string>

#include "cli/text.h"

namespace s3reel::cli {
namespace {

const char* const kDefect =
    "; this is a defect in s3reel: please report it with the command line, the output of 's3reel "
    "--version' and what the same command says with --verbose";

std::string clean(const std::string& text) {
  return without_secrets(one_line(text));
}

/// The facts go into reports and JSON lines, so they are cleaned like the message.
ErrorInfo clean(ErrorInfo info) {
  for (auto* text : {&info.operation, &info.subject, &info.reason, &info.hint}) {
    *text = clean(*text);
  }
  return info;
}

/// Which signal it was: a user who pressed nothing wants to know who did.
std::string signal_words(ErrorKind kind, int signal) {
  const char* const name = signal != 0 ? ::sigabbrev_np(signal) : nullptr;
  if (kind != ErrorKind::interrupted || name == nullptr) {
    return {};
  }
  return std::string(" by SIG") + name;
}

Failure defect(const std::string& what) {
  Failure failure{
      .info = ErrorInfo{.kind = ErrorKind::internal, .reason = clean(what)},
      .message = clean(what) + kDefect,
      .exit_code = static_cast<int>(ErrorKind::internal)};
  return failure;
}

}  // namespace

int exit_code(ErrorKind kind, int signal) {
  if (kind != ErrorKind::interrupted) {
    return static_cast<int>(kind);
  }
  return kExitBySignal + (signal != 0 ? signal : SIGINT);
}

Failure describe_failure(const std::exception_ptr& error, int signal) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    if (known.info().kind == ErrorKind::internal) {
      auto failure = defect(known.what());
      failure.info = clean(known.info());
      return failure;
    }
    return Failure{
        .info = clean(known.info()),
        .message = clean(known.what()) + signal_words(known.info().kind, signal),
        .exit_code = exit_code(known.info().kind, signal)};
  } catch (const std::bad_alloc&) {
    return defect("out of memory");
  } catch (const std::exception& unknown) {
    return defect(unknown.what());
  } catch (...) {
    return defect("an unknown exception");
  }
}

}  // namespace s3reel::cli
