#pragma once

/// What jobs leave behind that were killed, and what clean() does about it.

#include <chrono>
#include <cstdint>
#include <string>

namespace s3reel {

struct CleanOptions {
  /// What was active since then may belong to a job that is still at work. A job is as active as
  /// its newest part, or the beginning of its upload.
  std::chrono::seconds older_than = std::chrono::hours(24);
  bool dry_run = false;  ///< only find
  /// Removes OrphanFate::uncertain too, but for uploads that began more than an hour from the
  /// record, and all while a record cannot be read, which may name them: Orphan::reason says it.
  bool force = false;
};

enum class OrphanFate {
  removed,     ///< or would be, in a dry run
  active,      ///< younger than `older_than`: left alone
  uncertain,   ///< begun when a job of ours may have begun one, but no record names it
  unreadable,  ///< it lies where records lie, but is none, or of another version: left alone
  failed       ///< the store refused
};

/// An unfinished upload of ours, or the record of one. A job puts its record
/// `<destination>.s3reel/job-<token>` before it begins its upload and deletes it when that is gone.
struct Orphan {
  std::string destination{};  ///< s3://bucket/key
  std::string upload_id{};    ///< empty: only the record is left
  std::string record{};       ///< s3://bucket/key
  std::string last_active{};  ///< by the store's clock, UTC, ISO 8601
  std::uint64_t bytes = 0;    ///< of the upload's parts
  OrphanFate fate = OrphanFate::active;
  std::string reason{};  ///< why it was left alone
};

struct CleanSummary {
  std::uint64_t removed = 0;  ///< or would be, in a dry run
  std::uint64_t removed_bytes = 0;
  std::uint64_t left = 0;           ///< Orphans reported as something else
  std::uint64_t other_uploads = 0;  ///< of other writers, not looked at
};

}  // namespace s3reel
