#include "s3/job_record.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/units.h"

namespace s3reel::s3 {
namespace {

constexpr int kVersion = 1;
constexpr std::string_view kInfix = ".s3reel/job-";
constexpr std::uint64_t kLongestRecord = 64 * base::kKiB;
constexpr std::chrono::milliseconds kLongestDeadline = std::chrono::hours(24);  ///< believed

std::string as_utf8(const std::string& text) {
  const auto json =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return nlohmann::json::parse(json).get<std::string>();
}

}  // namespace

ObjectName JobRecord::name() const {
  return {.bucket = destination.bucket, .key = destination.key + std::string(kInfix) + token};
}

std::string JobRecord::to_json() const {
  const nlohmann::ordered_json json{
      {"version", kVersion},
      {"destination", destination.url()},
      {"token", token},
      {"started", started},
      {"upload_id", upload_id},
      {"unsettled", unsettled},
      {"retry_deadline_ms", std::min(retry_deadline, kLongestDeadline).count()}};
  // A key that is not UTF-8 must not keep the job from running.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<JobRecord> job_record_called(const ObjectName& name) {
  const auto at = name.key.rfind(kInfix);
  if (at == std::string::npos || at == 0 || at + kInfix.size() == name.key.size()) {
    return std::nullopt;
  }
  return JobRecord{
      .destination = {.bucket = name.bucket, .key = name.key.substr(0, at)},
      .token = name.key.substr(at + kInfix.size()),
      .started = {}};
}

std::optional<JobRecord> read_job_record(
    Client& client, const ObjectName& name, const std::stop_token& stop) {
  std::string text;
  const auto take = [&text](std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      text += static_cast<char>(byte);
    }
    return true;
  };
  client.get_range({.object = name, .range = {0, kLongestRecord}, .on_bytes = take}, stop);
  auto record = job_record_called(name);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!record || !json.is_object()) {
    return std::nullopt;
  }
  try {
    if (json.at("version") != kVersion || json.at("token") != record->token ||
        json.at("destination") != as_utf8(record->destination.url())) {
      return std::nullopt;
    }
    record->started = json.at("started").get<std::string>();
    record->upload_id = json.at("upload_id").get<std::string>();
    record->unsettled = json.at("unsettled").get<bool>();
    if (const auto deadline = json.find("retry_deadline_ms"); deadline != json.end()) {
      // It decides how far `clean --force` reaches, and anybody may have written it.
      const bool number = deadline->is_number_unsigned();
      const auto ms = number ? deadline->get<std::uint64_t>() : 0;
      if (ms == 0 || ms > static_cast<std::uint64_t>(kLongestDeadline.count())) {
        return std::nullopt;
      }
      record->retry_deadline = std::chrono::milliseconds(ms);
    }  // older versions did not say it
    return record;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
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
