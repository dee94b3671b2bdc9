#include "s3/orphan_cleaner.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "s3/upload_removal.h"
#include "s3/wall_time.h"

namespace s3reel::s3 {
namespace {

/// For the last attempts of requests, which begin before the deadline and may take a while.
constexpr base::Clock::Duration kLastAttempts = std::chrono::minutes(5);
/// Listings have whole seconds, two nodes of a store two clocks, and an attempt of a put that was
/// given up may still land.
constexpr base::Clock::Duration kSkew = std::chrono::minutes(1);
/// A record may state a deadline of a day, and in a day others begin uploads to that key as well.
constexpr base::Clock::Duration kFarthest = std::chrono::hours(1);

/// Whether its job may have begun an upload that it does not name.
bool may_have_another(const JobRecord& record) {
  return record.upload_id.empty() || record.unsettled;
}

/// Two records of one destination list its uploads twice.
void drop_repeated(std::vector<ListedUpload>& uploads) {
  std::set<std::string> ids;
  std::erase_if(uploads, [&](const ListedUpload& upload) { return !ids.insert(upload.id).second; });
}

}  // namespace

/// A record without an id was put before Create, which is tried again until the deadline. One with
/// an id was put when Create had ended at last, and was itself tried again until the deadline; the
/// upload that it does not name is of an earlier attempt of Create. `started` is of no use here: it
/// is by the job's clock.
OrphanCleaner::Beginning OrphanCleaner::beginning(const Found& found, const ListedUpload& upload) {
  const JobRecord& record = *found.record;
  if (upload.key != record.destination.key) {
    return Beginning::elsewhere;
  }
  const bool named = !record.upload_id.empty();
  const auto away = named ? found.modified - upload.initiated : upload.initiated - found.modified;
  if (away < -kSkew || away > (named ? 2 : 1) * record.retry_deadline + kLastAttempts) {
    return Beginning::elsewhere;
  }
  return away > kFarthest ? Beginning::far : Beginning::near;
}

OrphanCleaner::OrphanCleaner(
    Client& client, base::Clock& clock, base::Log log, const CleanOptions& options, Report report)
    : client_(client),
      clock_(clock),
      log_(std::move(log)),
      options_(options),
      report_(std::move(report)),
      now_(clock.wall()) {}

CleanSummary OrphanCleaner::run(const ObjectName& prefix, const std::stop_token& stop) {
  const std::vector<Found> records = find_records(prefix, stop);
  find_uploads(prefix, records, stop);
  find_candidates(records);
  for (const Found& found : records) {
    try {
      settle(found, stop);
    } catch (const Error& error) {
      if (error.info().kind != ErrorKind::refused) {
        throw;
      }
      remember(error);
    }
  }
  if (refusal_) {
    throw Error(*refusal_);
  }
  summary_.other_uploads = other_uploads();
  return summary_;
}

void OrphanCleaner::remember(const Error& refusal) {
  if (!refusal_) {
    refusal_ = refusal;
  }
}

/// Records are read before uploads are listed, so that an upload that begins in between is younger
/// than everything that is looked at.
std::vector<OrphanCleaner::Found> OrphanCleaner::find_records(
    const ObjectName& prefix, const std::stop_token& stop) {
  std::vector<Found> found;
  now_ = client_.list_objects(
      prefix,
      [&](const ListedObject& object) {
        const ObjectName name{.bucket = prefix.bucket, .key = object.key};
        if (job_record_called(name)) {
          found.push_back({.name = name, .modified = object.modified});
        }
      },
      stop);
  const auto read = [&](Found& one) {
    try {
      one.record = read_job_record(client_, one.name, stop);
      return true;
    } catch (const Error& error) {
      if (error.info().http_status == 404) {
        return false;  // its job has ended meanwhile
      }
      if (error.info().kind == ErrorKind::refused) {
        one.refusal = error.info().reason;
        remember(error);
        all_read_ = false;
        return true;
      }
      if (error.info().kind != ErrorKind::input) {
        throw;
      }
      return true;  // it is empty
    }
  };
  std::erase_if(found, [&](Found& one) { return !read(one); });
  for (const Found& one : found) {
    if (one.record) {
      named_.insert(one.record->upload_id);
    }
  }
  return found;
}

void OrphanCleaner::find_uploads(
    const ObjectName& prefix, const std::vector<Found>& records, const std::stop_token& stop) {
  try {
    uploads_ = client_.list_uploads(prefix, stop);
    for (const Found& found : records) {
      // A prefix as long as a record's name is none of its destination.
      if (found.record && !found.record->destination.key.starts_with(prefix.key)) {
        std::ranges::move(
            client_.list_uploads(found.record->destination, stop), std::back_inserter(*uploads_));
      }
    }
    drop_repeated(*uploads_);
  } catch (const Error& error) {
    if (error.info().kind != ErrorKind::refused) {
      throw;
    }
    uploads_.reset();  // of some records they may have been listed
    log_.warn(fmt::format(
        "uploads that no record names are not found, because the store refuses to list uploads: {}",
        error.what()));
    return;
  }
}

/// Of several records that an upload may belong to, the nearest counts.
void OrphanCleaner::find_candidates(const std::vector<Found>& records) {
  for (const Found& found : records) {
    const bool looks = uploads_ && found.record && may_have_another(*found.record);
    if (!looks || is_active(found.modified)) {
      continue;
    }
    for (const ListedUpload& upload : *uploads_) {
      const Beginning begun = beginning(found, upload);
      if (begun != Beginning::elsewhere && !named_.contains(upload.id)) {
        Beginning& nearest = candidates_.try_emplace(upload.id, begun).first->second;
        nearest = std::min(nearest, begun);
      }
    }
  }
}

std::uint64_t OrphanCleaner::other_uploads() const {
  if (!uploads_) {
    return 0;
  }
  return static_cast<std::uint64_t>(
      std::count_if(uploads_->begin(), uploads_->end(), [this](const ListedUpload& upload) {
        return !named_.contains(upload.id) && !settled_.contains(upload.id);
      }));
}

void OrphanCleaner::settle(const Found& found, const std::stop_token& stop) {
  Orphan orphan{.record = found.name.url(), .last_active = utc_text(found.modified)};
  if (found.refusal) {
    report(orphan, OrphanFate::failed, *found.refusal);
    return;
  }
  if (!found.record) {
    report(orphan, OrphanFate::unreadable, "it is no record that this version knows");
    return;
  }
  orphan.destination = found.record->destination.url();
  const std::string& id = found.record->upload_id;
  if (is_active(found.modified)) {
    orphan.upload_id = id;
    report(orphan, OrphanFate::active);
    return;
  }
  const std::uint64_t removed = summary_.removed;
  if (!(id.empty() || settle_upload(found, id, orphan, {}, stop)) ||
      !settle_candidates(found, stop)) {
    return;
  }
  if (!options_.dry_run) {
    delete_job_record(client_, *found.record, stop);
  }
  if (summary_.removed == removed) {
    report(orphan, OrphanFate::removed);
  }
}

std::optional<std::vector<ListedPart>> OrphanCleaner::parts_of(
    Orphan orphan, const ObjectName& object, const std::string& id, const std::stop_token& stop) {
  try {
    return client_.list_parts(object, id, stop);
  } catch (const Error& error) {
    orphan.upload_id = id;
    report(std::move(orphan), OrphanFate::failed, error.info().reason);
    throw;
  }
}

bool OrphanCleaner::settle_upload(
    const Found& found,
    const std::string& id,
    Orphan orphan,
    const std::string& doubt,
    const std::stop_token& stop) {
  const auto parts = parts_of(orphan, found.record->destination, id, stop);
  if (!parts) {
    return true;
  }
  base::Clock::Wall last = found.modified;
  for (const ListedPart& part : *parts) {
    last = std::max(last, part.modified.value_or(now_));
    orphan.bytes += part.size;
  }
  orphan.upload_id = id;
  orphan.last_active = utc_text(last);
  if (is_active(last)) {
    report(std::move(orphan), OrphanFate::active);
    return false;
  }
  if (!doubt.empty()) {
    report(std::move(orphan), OrphanFate::uncertain, doubt);
    return false;
  }
  try {
    remove(found.record->destination, id, stop);
  } catch (const Error& error) {
    report(std::move(orphan), OrphanFate::failed, error.info().reason);
    throw;
  }
  report(std::move(orphan), OrphanFate::removed);
  return true;
}

/// Every one is looked at, also behind one that stays.
bool OrphanCleaner::settle_candidates(const Found& found, const std::stop_token& stop) {
  if (!may_have_another(*found.record)) {
    return true;
  }
  const Orphan orphan{.destination = found.record->destination.url(), .record = found.name.url()};
  if (!uploads_) {
    report(orphan, OrphanFate::uncertain, "whether it began an upload cannot be seen");
    return false;
  }
  bool all = true;
  for (const ListedUpload& upload : *uploads_) {
    if (candidates_.contains(upload.id) && beginning(found, upload) != Beginning::elsewhere) {
      all = settle_candidate(found, upload, orphan, stop) && all;
    }
  }
  return all;
}

/// One that two jobs may have begun is settled once, and said with both records.
bool OrphanCleaner::settle_candidate(
    const Found& found, const ListedUpload& upload, Orphan orphan, const std::stop_token& stop) {
  if (const auto settled = settled_.find(upload.id); settled != settled_.end()) {
    orphan = settled->second;
    orphan.record = found.name.url();
    if (orphan.fate != OrphanFate::removed) {
      report(orphan, orphan.fate, orphan.reason);
    }
    return orphan.fate == OrphanFate::removed;
  }
  if (is_active(upload.initiated)) {
    orphan.upload_id = upload.id;
    orphan.last_active = utc_text(upload.initiated);
    report(std::move(orphan), OrphanFate::active);
    return false;
  }
  settled_[upload.id].fate = OrphanFate::removed;  // also by others meanwhile; else it is reported
  return settle_upload(found, upload.id, std::move(orphan), doubt(candidates_.at(upload.id)), stop);
}

std::string OrphanCleaner::doubt(Beginning begun) const {
  if (begun == Beginning::far) {
    return "no record names it, and it began more than an hour from ours, so it may well be "
           "another writer's: abort it by its id if it is not";
  }
  if (!all_read_) {
    return "a record that could not be read may name it, so it stays until that one can be";
  }
  if (!options_.force) {
    return "no record names it, so it may be another writer's: --force removes it";
  }
  return {};
}

void OrphanCleaner::remove(
    const ObjectName& object, const std::string& id, const std::stop_token& stop) {
  if (options_.dry_run || remove_upload(client_, clock_, object, id, stop)) {
    return;
  }
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  throw Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "s3.AbortMultipartUpload",
      .subject = object.url() + " upload " + id,
      .reason = "parts keep coming, so a job is at work on it",
      .hint = "end that job first"});
}

bool OrphanCleaner::is_active(base::Clock::Wall last) const {
  return now_ - last < options_.older_than;
}

void OrphanCleaner::report(Orphan orphan, OrphanFate fate, const std::string& reason) {
  orphan.fate = fate;
  orphan.reason = reason;
  if (!orphan.upload_id.empty()) {
    settled_[orphan.upload_id] = orphan;
  }
  if (fate == OrphanFate::removed) {
    ++summary_.removed;
    summary_.removed_bytes += orphan.bytes;
  } else {
    ++summary_.left;
  }
  report_(orphan);
}

}  // namespace s3reel::s3
