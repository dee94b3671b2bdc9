#include "s3/job_record.h"

#include <span>

#include <nlohmann/json.hpp>

namespace s3reel::s3 {
namespace {

constexpr int kVersion = 1;

}  // namespace

ObjectName JobRecord::name() const {
  return {.bucket = destination.bucket, .key = destination.key + ".s3reel/job-" + token};
}

std::string JobRecord::to_json() const {
  const nlohmann::ordered_json json{
      {"version", kVersion},
      {"destination", destination.url()},
      {"token", token},
      {"started", started},
      {"upload_id", upload_id}};
  // A key that is not UTF-8 must not keep the job from running.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void put_job_record(Client& client, const JobRecord& record, const std::stop_token& stop) {
  const std::string text = record.to_json();
  client.put_object(
      record.name(), {std::as_bytes(std::span(text))}, {.content_type = "application/json"}, stop);
}

void delete_job_record(Client& client, const JobRecord& record, const std::stop_token& stop) {
  client.delete_object(record.name(), stop);
}

}  // namespace s3reel::s3
