#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "s3/client.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// Note of an upload in progress, kept as a small object beside its destination: listings of
/// uploads show no metadata, so an upload left behind by a killed process is found by this. It is
/// put before the upload begins, put again with the upload's id, and deleted after Complete or
/// Abort.
struct JobRecord {
  ObjectName destination;
  std::string token;        ///< of the upload, also in the object's metadata
  std::string started;      ///< UTC, ISO 8601
  std::string upload_id{};  ///< empty until the upload began
  /// A Create got no answer: there may be an upload besides that of `upload_id`.
  bool unsettled = false;
  /// How long the job tries a request again, and so how far apart record and upload may lie.
  std::chrono::milliseconds retry_deadline{RetrySettings{}.deadline_ms};

  /// `<destination>.s3reel/job-<token>`
  [[nodiscard]] ObjectName name() const;
  [[nodiscard]] std::string to_json() const;
};

/// Destination and token of the record with this name; nullopt if no record is called so.
std::optional<JobRecord> job_record_called(const ObjectName& name);

/// The record as its job left it; nullopt if what lies there was not written by a job to that
/// destination. Throws Error with s3_code "NoSuchKey" when the job has deleted it.
std::optional<JobRecord> read_job_record(
    Client& client, const ObjectName& name, const std::stop_token& stop);

void put_job_record(Client& client, const JobRecord& record, const std::stop_token& stop);
void delete_job_record(Client& client, const JobRecord& record, const std::stop_token& stop);

}  // namespace s3reel::s3
