#include "io/pipe_writer.h"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "io/system_error.h"

namespace s3reel::io {
namespace {

/// How often a write that cannot go on looks whether the job was stopped.
constexpr int kPollMilliseconds = 100;
/// A pipe that poll() reports writable takes this much without blocking.
constexpr std::size_t kPipeAtom = 4096;

}  // namespace

void PipeWriter::append(std::span<const std::byte> data) {
  if (closed_) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::internal,
        .operation = "pipe.write",
        .subject = name_,
        .reason = "the writer was published or discarded before"});
  }
  while (!data.empty()) {
    wait_writable();
    const ssize_t count = ::write(fd_, data.data(), std::min(data.size(), kPipeAtom));
    if (count >= 0) {
      const auto taken = static_cast<std::size_t>(count);
      const auto kept = data.first(std::min(taken, kRetainedHeadBytes - head_.size()));
      head_.insert(head_.end(), kept.begin(), kept.end());
      written_ += taken;
      counts_.written += taken;
      data = data.subspan(taken);
    } else if (errno != EINTR && errno != EAGAIN) {
      throw system_error("pipe.write", name_, errno);
    }
  }
}

void PipeWriter::wait_writable() const {
  for (;;) {
    if (stop_.stop_requested()) {
      throw base::Cancelled();
    }
    pollfd entry{.fd = fd_, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&entry, 1, kPollMilliseconds);
    if (ready > 0) {
      return;
    }
    if (ready < 0 && errno != EINTR) {
      throw system_error("pipe.poll", name_, errno);
    }
  }
}

void PipeWriter::patch(std::uint64_t /*offset*/, std::span<const std::byte> /*data*/) {
  fail("this format changes what it has written, and a pipe cannot", "use --format fmp4");
}

void PipeWriter::insert(std::uint64_t /*offset*/, std::vector<std::byte> /*data*/) {
  fail("this format puts its index in front at the end, and a pipe cannot", "use --format fmp4");
}

HeadPreview PipeWriter::preview() const {
  return {.head = head_, .size = written_};
}

PublishedObject PipeWriter::publish() {
  if (closed_.exchange(true)) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::internal,
        .operation = "pipe.publish",
        .subject = name_,
        .reason = "the writer was published or discarded before"});
  }
  return {.url = name_, .size = written_};
}

void PipeWriter::discard() noexcept {
  closed_ = true;
}

void PipeWriter::fail(const std::string& reason, const std::string& hint) const {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "write",
      .subject = name_,
      .reason = reason,
      .hint = hint});
}

}  // namespace s3reel::io
