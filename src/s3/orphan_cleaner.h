#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/job_record.h"
#include "s3reel/clean.h"
#include "s3reel/error.h"

namespace s3reel::s3 {

/// Finds the uploads of killed jobs by their records and removes them. Used by one thread, once.
///
/// An upload that a record names is ours. One that no record names may be: a job killed between
/// Create and the record's second version, or one whose Create got no answer, leaves it. Then
/// uploads to the same key are candidates that began when that job can have begun one, by its
/// record's age and its retry deadline: listings do not tell whose they are, so only `force`
/// removes them, and not even that where they lie far from the record.
class OrphanCleaner {
 public:
  using Report = std::function<void(const Orphan&)>;

  OrphanCleaner(
      Client& client,
      base::Clock& clock,
      base::Log log,
      const CleanOptions& options,
      Report report);

  /// `prefix.key` may be empty. Throws as s3reel::clean() says.
  CleanSummary run(const ObjectName& prefix, const std::stop_token& stop);

 private:
  struct Found {
    ObjectName name;
    base::Clock::Wall modified;
    std::optional<JobRecord> record{};     ///< nullopt: unreadable
    std::optional<std::string> refusal{};  ///< why it could not be read
  };

  /// When an upload began that no record names, beside the record of a job that may have begun it:
  /// in this order, the nearest first.
  enum class Beginning {
    near,
    far,       ///< the job can have begun it, but so can others in so long a time
    elsewhere  ///< it cannot
  };

  std::vector<Found> find_records(const ObjectName& prefix, const std::stop_token& stop);
  void find_uploads(
      const ObjectName& prefix, const std::vector<Found>& records, const std::stop_token& stop);
  void find_candidates(const std::vector<Found>& records);
  void remember(const Error& refusal);
  std::optional<std::vector<ListedPart>> parts_of(
      Orphan orphan, const ObjectName& object, const std::string& id, const std::stop_token& stop);
  void settle(const Found& found, const std::stop_token& stop);
  /// True when nothing of it is left. It stays where there is a `doubt`.
  bool settle_upload(
      const Found& found,
      const std::string& id,
      Orphan orphan,
      const std::string& doubt,
      const std::stop_token& stop);
  bool settle_candidates(const Found& found, const std::stop_token& stop);
  bool settle_candidate(
      const Found& found, const ListedUpload& upload, Orphan orphan, const std::stop_token& stop);
  void remove(const ObjectName& object, const std::string& id, const std::stop_token& stop);
  static Beginning beginning(const Found& found, const ListedUpload& upload);
  /// Why a candidate stays; empty: it goes.
  [[nodiscard]] std::string doubt(Beginning begun) const;
  [[nodiscard]] std::uint64_t other_uploads() const;
  [[nodiscard]] bool is_active(base::Clock::Wall last) const;
  void report(Orphan orphan, OrphanFate fate, const std::string& reason = {});

  Client& client_;
  base::Clock& clock_;
  const base::Log log_;
  const CleanOptions options_;
  const Report report_;

  base::Clock::Wall now_;                             ///< the store's
  std::optional<std::vector<ListedUpload>> uploads_;  ///< nullopt: they may not be listed
  std::set<std::string> named_;                       ///< ids of uploads that have a record
  std::map<std::string, Beginning> candidates_;       ///< by id: those that a record may have begun
  std::map<std::string, Orphan> settled_;             ///< what was reported of an upload, by its id
  CleanSummary summary_;
  std::optional<Error> refusal_;  ///< the first
  bool all_read_ = true;          ///< every record
};

}  // namespace s3reel::s3
