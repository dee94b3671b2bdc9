#include "app/report_json.h"

#include <nlohmann/json.hpp>

namespace s3reel::app {
namespace {

using Json = nlohmann::ordered_json;

Json streams_json(const std::vector<StreamFacts>& streams) {
  Json list = Json::array();
  for (const auto& stream : streams) {
    list.push_back(Json{
        {"index", stream.index},
        {"type", stream.type},
        {"codec", stream.codec},
        {"language", stream.language},
        {"fate", stream_fate_name(stream.fate)},
        {"result_index", stream.result_index},
        {"result_codec", stream.result_codec},
        {"detail", stream.detail}});
  }
  return list;
}

Json op_failures_json(const std::vector<OpFailure>& failures) {
  Json list = Json::array();
  for (const OpFailure& one : failures) {
    list.push_back(Json{{"op", one.op}, {"seconds", one.seconds}, {"reason", one.reason}});
  }
  return list;
}

Json damaged_json(const std::vector<DamagedFrame>& frames) {
  Json list = Json::array();
  for (const auto& frame : frames) {
    list.push_back(
        Json{{"seconds", frame.seconds}, {"fate", frame.replaced ? "replaced" : "skipped"}});
  }
  return list;
}

Json stages_json(const std::vector<StageFacts>& stages) {
  Json list = Json::array();
  for (const auto& stage : stages) {
    list.push_back(Json{
        {"name", stage.name},
        {"busy_seconds", stage.busy_seconds},
        {"waiting_seconds", stage.waiting_seconds}});
  }
  return list;
}

/// An object even when the map is empty, which nlohmann would write as null.
template <class Map>
Json map_json(const Map& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map) {
    object[key] = value;
  }
  return object;
}

Json list_json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const auto& text : texts) {
    list.push_back(text);
  }
  return list;
}

Json probed_stream_json(const ProbedStream& stream) {
  Json json{
      {"index", stream.index},
      {"type", stream.type},
      {"codec", stream.codec},
      {"profile", stream.profile},
      {"language", stream.language},
      {"title", stream.title},
      {"start_seconds", stream.start_seconds},
      {"duration_seconds", stream.duration_seconds},
      {"packets", stream.packets}};
  if (stream.type == "video") {
    json["width"] = stream.width;
    json["height"] = stream.height;
    json["pixel_format"] = stream.pixel_format;
    json["frame_rate"] = stream.frame_rate;
    json["sample_aspect"] = stream.sample_aspect;
    json["rotation"] = stream.rotation;
    json["color"] = stream.color;
  }
  if (stream.type == "audio") {
    json["sample_rate"] = stream.sample_rate;
    json["channels"] = stream.channels;
  }
  json["side_data"] = list_json(stream.side_data);
  return json;
}

}  // namespace

nlohmann::ordered_json object_json(const ObjectFacts& object) {
  return Json{
      {"url", object.url},
      {"size", object.size},
      {"etag", object.etag},
      {"version_id", object.version_id},
      {"format", object.format},
      {"duration_seconds", object.duration_seconds}};
}

const char* error_kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::input:
      return "input";
    case ErrorKind::refused:
      return "refused";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::op:
      return "op";
    case ErrorKind::loss:
      return "loss";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "internal";
}

const char* stream_fate_name(StreamFate fate) {
  switch (fate) {
    case StreamFate::processed:
      return "processed";
    case StreamFate::copied:
      return "copied";
    case StreamFate::encoded:
      return "encoded";
    case StreamFate::rewritten:
      return "rewritten";
    case StreamFate::dropped:
      return "dropped";
  }
  return "dropped";
}

const char* orphan_fate_name(OrphanFate fate) {
  switch (fate) {
    case OrphanFate::removed:
      return "removed";
    case OrphanFate::active:
      return "active";
    case OrphanFate::uncertain:
      return "uncertain";
    case OrphanFate::unreadable:
      return "unreadable";
    case OrphanFate::failed:
      break;
  }
  return "failed";
}

Json orphan_json(const Orphan& orphan) {
  return Json{
      {"destination", orphan.destination},
      {"upload_id", orphan.upload_id},
      {"record", orphan.record},
      {"last_active", orphan.last_active},
      {"bytes", orphan.bytes},
      {"fate", orphan_fate_name(orphan.fate)},
      {"reason", orphan.reason}};
}

Json report_json(const Report& report) {
  return Json{
      {"version", report.version},
      {"source", object_json(report.source)},
      {"result", object_json(report.result)},
      {"publication", report.publication},
      {"streams", streams_json(report.streams)},
      {"losses", list_json(report.losses)},
      {"notes", list_json(report.notes)},
      {"frames",
       Json{
           {"decoded", report.frames.decoded},
           {"chain_in", report.frames.chain_in},
           {"chain_out", report.frames.chain_out},
           {"muxed", report.frames.muxed}}},
      {"damaged", damaged_json(report.damaged)},
      {"op_failures", op_failures_json(report.op_failures)},
      {"stages", stages_json(report.stages)},
      {"limiting_stage", report.limiting_stage},
      {"requests", map_json(report.requests)},
      {"retries", report.retries},
      {"bytes_read", report.bytes_read},
      {"bytes_written", report.bytes_written},
      {"checks", map_json(report.checks)},
      {"memory",
       Json{
           {"budget", report.memory.budget},
           {"buffers", report.memory.buffers},
           {"codecs", report.memory.codecs}}},
      {"peak_memory", report.peak_memory},
      {"wall_seconds", report.wall_seconds},
      {"cpu_seconds", report.cpu_seconds}};
}

Json plan_json(const Plan& plan) {
  return Json{
      {"source", object_json(plan.source)},
      {"format", plan.format},
      {"encoder", plan.encoder},
      {"streams", streams_json(plan.streams)},
      {"losses", list_json(plan.losses)},
      {"notes", list_json(plan.notes)},
      {"part_size", plan.part_size},
      {"largest_output", plan.largest_output},
      {"memory_budget", plan.memory_budget},
      {"buffer_bytes", plan.buffer_bytes},
      {"codec_bytes", plan.codec_bytes},
      {"requests", map_json(plan.requests)},
      {"gets_left", plan.gets_left}};
}

Json probe_json(const Probe& probe) {
  Json streams = Json::array();
  for (const auto& stream : probe.streams) {
    streams.push_back(probed_stream_json(stream));
  }
  return Json{
      {"object", object_json(probe.object)},
      {"streams", streams},
      {"chapters", list_json(probe.chapters)},
      {"metadata", map_json(probe.metadata)}};
}

Json error_json(const ErrorInfo& info, int exit_code, const std::string& message) {
  return Json{
      {"kind", error_kind_name(info.kind)},
      {"exit_code", exit_code},
      {"message", message},
      {"retryable", info.retryable},
      {"operation", info.operation},
      {"subject", info.subject},
      {"http_status", info.http_status},
      {"s3_code", info.s3_code},
      {"request_id", info.request_id}};
}

Json failed_report_json(
    const std::string& version,
    const std::string& source_url,
    const std::string& destination_url,
    const Json& error) {
  return Json{
      {"version", version},
      {"source_url", source_url},
      {"destination_url", destination_url},
      {"error", error}};
}

std::string to_text(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace s3reel::app
