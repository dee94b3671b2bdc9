#pragma once

/// Reports, plans and probes as JSON. The field names are those of include/s3reel/report.h and
/// s3reel.h; docs/report.schema.json describes the report. Pure functions.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "s3reel/s3reel.h"

namespace s3reel::app {

nlohmann::ordered_json report_json(const Report& report);
nlohmann::ordered_json plan_json(const Plan& plan);
nlohmann::ordered_json probe_json(const Probe& probe);
nlohmann::ordered_json object_json(const ObjectFacts& object);
nlohmann::ordered_json orphan_json(const Orphan& orphan);

/// {"kind": "refused", "exit_code": 4, "message": …, …}
nlohmann::ordered_json error_json(const ErrorInfo& info, int exit_code, const std::string& message);

/// The report of a job that failed: what was asked for and an `error`, no result.
nlohmann::ordered_json failed_report_json(
    const std::string& version,
    const std::string& source_url,
    const std::string& destination_url,
    const nlohmann::ordered_json& error);

/// "internal", "usage", "input" …: the enumerator's name.
const char* error_kind_name(ErrorKind kind);
/// "processed", "copied", "encoded", "rewritten" or "dropped".
const char* stream_fate_name(StreamFate fate);

/// "removed", "active", "uncertain", "unreadable" or "failed".
const char* orphan_fate_name(OrphanFate fate);

/// As text, indented, with a newline at the end. Bytes that are not UTF-8 (titles and keys may hold
/// any) become U+FFFD.
std::string to_text(const nlohmann::ordered_json& json);
/// The same on one line, without the newline.
std::string to_line(const nlohmann::ordered_json& json);

}  // namespace s3reel::app
