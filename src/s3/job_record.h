#pragma once

#include <stop_token>
#include <string>

#include "s3/client.h"

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

  /// `<destination>.s3reel/job-<token>`
  [[nodiscard]] ObjectName name() const;
  [[nodiscard]] std::string to_json() const;
};

void put_job_record(Client& client, const JobRecord& record, const std::stop_token& stop);
void delete_job_record(Client& client, const JobRecord& record, const std::stop_token& stop);

}  // namespace s3reel::s3
