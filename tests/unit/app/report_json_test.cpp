#include "app/report_json.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace s3reel::app {
namespace {

using Json = nlohmann::ordered_json;

Report full_report() {
  return Report{
      .version = "0.1.0",
      .source = {.url = "s3://b/in.mp4", .size = 10, .etag = "\"e\"", .format = "mp4"},
      .result = {.url = "s3://b/out.mp4", .size = 9, .duration_seconds = 2.5},
      .publication = "guarded",
      .streams = {StreamFacts{.index = 0, .type = "video", .codec = "h264"}},
      .losses = {"a"},
      .notes = {"b"},
      .frames = {.decoded = 1, .chain_in = 2, .chain_out = 3, .muxed = 4},
      .stages = {StageFacts{.name = "decode", .busy_seconds = 1.0, .waiting_seconds = 0.5}},
      .limiting_stage = "decode",
      .requests = {{"GetObject", 5}},
      .retries = 6,
      .bytes_read = 7,
      .bytes_written = 8,
      .peak_memory = 9,
      .wall_seconds = 10.5,
      .cpu_seconds = 11.5};
}

Json schema() {
  std::ifstream file(std::filesystem::path(S3REEL_SOURCE_DIR) / "docs" / "report.schema.json");
  return Json::parse(file);
}

bool has_type(const Json& value, const std::string& type) {
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
         (type == "integer" && value.is_number_integer()) ||
         (type == "number" && value.is_number());
}

/// The part of JSON Schema that docs/report.schema.json uses: $ref, type, enum, required,
/// properties, additionalProperties and items.
class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  void check(const Json& value, const Json& rule, const std::string& where) const {
    if (rule.contains("$ref")) {
      const auto pointer = rule.at("$ref").get<std::string>().substr(1);
      check(value, root_.at(Json::json_pointer(pointer)), where);
      return;
    }
    EXPECT_TRUE(has_type(value, rule.at("type"))) << where << ": " << value;
    if (rule.contains("enum")) {
      const auto& allowed = rule.at("enum");
      EXPECT_NE(std::find(allowed.begin(), allowed.end(), value), allowed.end()) << where;
    }
    if (value.is_array()) {
      check_items(value, rule, where);
    } else if (value.is_object()) {
      check_members(value, rule, where);
    }
  }

 private:
  void check_items(const Json& value, const Json& rule, const std::string& where) const {
    for (const auto& item : value) {
      check(item, rule.at("items"), where);
    }
  }

  void check_members(const Json& value, const Json& rule, const std::string& where) const {
    for (const auto& key : rule.value("required", Json::array())) {
      EXPECT_TRUE(value.contains(key.get<std::string>())) << where << " lacks " << key;
    }
    const auto known = rule.value("properties", Json::object());
    for (const auto& [key, member] : value.items()) {
      const auto others = rule.value("additionalProperties", Json(false));
      ASSERT_TRUE(known.contains(key) || others.is_object()) << where << " has an unknown " << key;
      check(member, known.contains(key) ? known.at(key) : others, key);
    }
  }

  const Json& root_;
};

void expect_valid(const Json& report, const std::string& definition) {
  const auto root = schema();
  Validator(root).check(report, root.at("$defs").at(definition), definition);
}

TEST(ReportJson, FollowsThePublishedSchema) {
  expect_valid(report_json(full_report()), "done");
  expect_valid(report_json(Report{}), "done");
}

TEST(ReportJson, OfAFailedJobFollowsThePublishedSchema) {
  const ErrorInfo info{.kind = ErrorKind::refused, .http_status = 404, .s3_code = "NoSuchKey"};
  const auto json = failed_report_json("0.1.0", "s3://a/b", "s3://c/d", error_json(info, 4, "no"));
  expect_valid(json, "failed");
  EXPECT_FALSE(json.contains("result"));
}

TEST(ReportJson, OfADryRunFollowsThePublishedSchema) {
  expect_valid(plan_json(Plan{.streams = full_report().streams, .losses = {"a"}}), "plan");
}

TEST(ReportJson, SchemaRequiresEveryFieldThatIsWritten) {
  const auto root = schema();
  const auto required_of = [&root](const char* name) {
    const auto list = root.at("$defs").at(name).at("required");
    return std::set<std::string>(list.begin(), list.end());
  };
  const auto keys_of = [](const Json& json) {
    std::set<std::string> keys;
    for (const auto& [key, value] : json.items()) {
      keys.insert(key);
    }
    return keys;
  };
  const auto report = report_json(full_report());
  EXPECT_EQ(keys_of(report), required_of("done"));
  EXPECT_EQ(keys_of(report.at("source")), required_of("object"));
  EXPECT_EQ(keys_of(report.at("streams").at(0)), required_of("stream"));
  EXPECT_EQ(keys_of(plan_json(Plan{})), required_of("plan"));
  EXPECT_EQ(keys_of(error_json(ErrorInfo{}, 1, "")), required_of("error"));
}

TEST(ReportJson, KeepsEveryValue) {
  const auto json = report_json(full_report());
  EXPECT_EQ(json.at("frames").at("decoded"), 1);
  EXPECT_EQ(json.at("frames").at("chain_in"), 2);
  EXPECT_EQ(json.at("frames").at("chain_out"), 3);
  EXPECT_EQ(json.at("frames").at("muxed"), 4);
  EXPECT_EQ(json.at("source").at("etag"), "\"e\"");
  EXPECT_EQ(json.at("result").at("duration_seconds"), 2.5);
  EXPECT_EQ(json.at("publication"), "guarded");
  EXPECT_EQ(json.at("streams").at(0).at("fate"), "dropped");
  EXPECT_EQ(json.at("stages").at(0).at("waiting_seconds"), 0.5);
  EXPECT_EQ(json.at("requests").at("GetObject"), 5);
  EXPECT_EQ(json.at("retries"), 6);
  EXPECT_EQ(json.at("bytes_read"), 7);
  EXPECT_EQ(json.at("bytes_written"), 8);
  EXPECT_EQ(json.at("peak_memory"), 9);
  EXPECT_EQ(json.at("wall_seconds"), 10.5);
  EXPECT_EQ(json.at("cpu_seconds"), 11.5);
}

TEST(ReportJson, EmptyListsAndMapsStayWhatTheyAre) {
  const auto json = report_json(Report{});
  EXPECT_TRUE(json.at("requests").is_object());
  EXPECT_TRUE(json.at("losses").is_array());
  EXPECT_TRUE(probe_json(Probe{}).at("metadata").is_object());
}

TEST(ReportJson, BytesThatAreNotUtf8AreReplaced) {
  Report report;
  report.source.url = "s3://b/\xff.mp4";
  const auto text = to_text(report_json(report));
  EXPECT_NE(text.find("s3://b/\xEF\xBF\xBD.mp4"), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST(ProbeJson, StreamsHaveTheFieldsOfTheirType) {
  const Probe probe{
      .streams = {
          ProbedStream{.index = 0, .type = "video", .codec = "h264", .width = 4, .color = "tv"},
          ProbedStream{
              .index = 1,
              .type = "audio",
              .codec = "aac",
              .sample_rate = 48000,
              .side_data = {"x"}}}};
  const auto json = probe_json(probe);
  EXPECT_EQ(json.at("streams").at(0).at("width"), 4);
  EXPECT_EQ(json.at("streams").at(0).at("color"), "tv");
  EXPECT_FALSE(json.at("streams").at(0).contains("sample_rate"));
  EXPECT_EQ(json.at("streams").at(1).at("sample_rate"), 48000);
  EXPECT_FALSE(json.at("streams").at(1).contains("width"));
  EXPECT_EQ(json.at("streams").at(1).at("side_data").at(0), "x");
}

TEST(ErrorJson, NamesEveryKind) {
  EXPECT_STREQ(error_kind_name(ErrorKind::internal), "internal");
  EXPECT_STREQ(error_kind_name(ErrorKind::usage), "usage");
  EXPECT_STREQ(error_kind_name(ErrorKind::input), "input");
  EXPECT_STREQ(error_kind_name(ErrorKind::refused), "refused");
  EXPECT_STREQ(error_kind_name(ErrorKind::unavailable), "unavailable");
  EXPECT_STREQ(error_kind_name(ErrorKind::op), "op");
  EXPECT_STREQ(error_kind_name(ErrorKind::loss), "loss");
  EXPECT_STREQ(error_kind_name(ErrorKind::interrupted), "interrupted");
}

}  // namespace
}  // namespace s3reel::app
