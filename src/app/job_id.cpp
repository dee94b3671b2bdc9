#include "app/job_id.h"

#include <nlohmann/json.hpp>

#include "s3/digest.h"
#include "s3reel/s3reel.h"

namespace s3reel::app {

std::string job_id(const Job& job, media::Container container, const io::SourceIdentity& source) {
  nlohmann::json ops = nlohmann::json::array();
  for (const OpSpec& op : job.ops) {
    ops.push_back({{"name", op.name}, {"parameters", op.parameters}});
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
