#include "app/reader_core.h"

#include <utility>

#include "app/memory_shares.h"
#include "base/memory_limit.h"
#include "media/describe.h"
#include "media/picture.h"
#include "ops/frame_access.h"

namespace s3reel::app {
namespace {

// Each has its own read-ahead, index and decoder.
constexpr std::size_t kIdleEntries = 2;

}  // namespace

ReaderCore::ReaderCore(
    Location source, const ReaderSettings& settings, Observer& observer, std::stop_token stop)
    : source_(std::move(source)),
      threads_(settings.threads),
      budget_(memory_budget(settings.memory, base::memory_limit())),
      read_ahead_(read_ahead_share(settings.memory, budget_)),
      gate_(observer),
      log_(gate_.log()) {
  std::unique_ptr<SourceEntry> entry = open(std::move(stop));
  const media::Demuxer& demuxer = entry->demuxer();
  const int picture = entry->picture();
  facts_ = media::describe(demuxer);
  video_ = ops::facts_of(
      media::describe_picture(demuxer.stream(picture), demuxer.frame_rate(picture), nullptr));
  give_back(std::move(entry));
  gate_.rethrow_failure();
}

std::unique_ptr<SourceEntry> ReaderCore::open(std::stop_token stop) {
  std::stop_source own;
  const std::stop_callback on_stop(std::move(stop), [&own] { own.request_stop(); });
  return std::make_unique<SourceEntry>(source_, read_ahead_, threads_, clock_, log_, own);
}

std::unique_ptr<SourceEntry> ReaderCore::take(std::stop_token stop) {
  {
    const std::scoped_lock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<SourceEntry> entry = std::move(idle_.back());
      idle_.pop_back();
      return entry;
    }
  }
  std::unique_ptr<SourceEntry> entry = open(std::move(stop));
  check_unchanged(entry->demuxer().identity());
  return entry;
}

void ReaderCore::give_back(std::unique_ptr<SourceEntry> entry) {
  {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kIdleEntries) {
      idle_.push_back(std::move(entry));
    }
  }
  entry.reset();  // one too many: closed without the lock
}

void ReaderCore::check_unchanged(const io::SourceIdentity& now) const {
  const ObjectFacts& first = facts_.object;
  if (now.size != first.size || now.etag != first.etag || now.version_id != first.version_id) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "read",
        .subject = first.url,
        .reason = "the object was replaced after it was opened",
        .hint = "open it again"});
  }
}

}  // namespace s3reel::app
