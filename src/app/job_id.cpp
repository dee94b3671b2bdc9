#include "app/job_id.h"

#include <variant>

#include <nlohmann/json.hpp>

#include "s3/digest.h"
#include "s3reel/s3reel.h"

namespace s3reel::app {
namespace {

nlohmann::json facts_of(const BuiltInOp& op) {
  return {{"name", op.name}, {"parameters", op.parameters}};
}

// What is behind the URLs of its inputs is not looked at.
nlohmann::json facts_of(const GraphOp& op) {
  return {{"filter", op.graph}, {"inputs", op.inputs}};
}

// The file's bytes are not looked at.
nlohmann::json facts_of(const PluginOp& op) {
  return {{"plugin", op.path}, {"parameters", op.parameters}};
}

// What its code does cannot be told.
nlohmann::json facts_of(const CustomOp& op) {
  return {{"custom", op.name}};
}

}  // namespace

std::string job_id(const Job& job, media::Container container, const io::SourceIdentity& source) {
  nlohmann::json ops = nlohmann::json::array();
  for (const OpSpec& op : job.ops) {
    ops.push_back(std::visit([](const auto& one) { return facts_of(one); }, op));
  }
  const nlohmann::json facts{
      {"source",
       {{"etag", source.etag},
        {"version", source.version_id},
        {"modified", source.last_modified},
        {"size", source.size}}},
      {"ops", ops},
      {"video",
       {{"codec", job.video.codec},
        {"crf", job.video.crf.value_or(-1.0)},
        {"preset", job.video.preset},
        {"bitrate", job.video.bitrate.value_or(-1)},
        {"options", job.video.options}}},
      {"tolerate", job.tolerate},
      {"format", media::facts(container).name},
      {"versions", version_lines()}};
  return s3::to_hex(
      s3::sha256(facts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

}  // namespace s3reel::app
