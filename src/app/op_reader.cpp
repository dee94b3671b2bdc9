#include "app/op_reader.h"

#include <functional>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "app/media_session.h"
#include "app/source_entry.h"
#include "app/stores.h"
#include "base/units.h"
#include "io/byte_source.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

/// Another video, for as long as a filter graph asks for its frames.
struct OpenVideo {
  OpenVideo(
      const Location& location,
      int threads,
      base::Clock& clock,
      const base::Log& log,
      const std::stop_token& stop)
      : on_stop(stop, [this] { stop_source.request_stop(); }),
        entry(location, kInputReadAhead, threads, clock, log, stop_source),
        frames(entry.frames()) {}

  std::stop_source stop_source;
  const std::stop_callback<std::function<void()>> on_stop;
  SourceEntry entry;
  const std::unique_ptr<media::GraphInput> frames;
};

}  // namespace

ops::OpContext op_context(
    const Job& job, base::Clock& clock, const base::Log& log, const std::stop_token& stop) {
  const auto read = [&job, &clock, log, stop](const std::string& location, std::uint64_t most) {
    constexpr std::uint64_t kReadAhead = base::kMiB;
    LocationStore store(
        {.url = location, .store = job.source.store}, {.read_ahead = kReadAhead}, clock, log);
    const std::unique_ptr<io::ByteSource> source = store.store().open(location, stop);
    const std::uint64_t size = source->identity().size;
    if (size > most) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage,
          .operation = "read for an op",
          .subject = location,
          .reason = fmt::format(
              "it has {}, and at most {} are read",
              base::format_bytes(size),
              base::format_bytes(most))});
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    bytes.resize(io::read_up_to(*source, 0, bytes).size());
    return bytes;
  };
  const auto open_video = [&job, &clock, log, stop](const std::string& url) {
    const Location location{.url = url, .store = job.source.store};
    check_source(location);
    const auto video = std::make_shared<OpenVideo>(location, job.video.threads, clock, log, stop);
    return std::shared_ptr<media::GraphInput>(video, video->frames.get());
  };
  return {.read = read, .open_video = open_video, .log = log};
}

}  // namespace s3reel::app
