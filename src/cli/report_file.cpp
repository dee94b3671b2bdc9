#include "cli/report_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "app/report_json.h"
#include "cli/text.h"
#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

[[noreturn]] void refuse_write(const std::string& subject, int error, const std::string& hint) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "write",
      .subject = subject,
      .reason = error != 0 ? std::generic_category().message(error) : "not all could be written",
      .hint = hint});
}

}  // namespace

void check_report(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failed;
  int error = 0;
  if (std::filesystem::is_directory(path, failed)) {
    error = EISDIR;
  } else if (std::filesystem::exists(path, failed)) {
    error = ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
  } else {
    error = ::access(folder.empty() ? "." : folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  }
  if (error != 0) {
    refuse_write(
        "report " + path, error, "name a file that can be written, or - for standard output");
  }
}

void write_report(const std::string& path, const std::string& text, std::ostream& out) {
  if (path == "-") {
    out << text;
    flush_output(out);
    return;
  }
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    refuse_write(
        "report " + path, errno, "only the report is missing; name a file that can be written");
  }
}

nlohmann::ordered_json failed_report(
    const std::string& version, const Job& job, const Failure& failure) {
  return app::failed_report_json(
      version,
      without_secrets(job.source.url),
      without_secrets(job.destination.url),
      app::error_json(failure.info, failure.exit_code, failure.message));
}

void flush_output(std::ostream& out) {
  errno = 0;
  out.flush();
  if (!out) {
    refuse_write("standard output", errno, "is its reader gone?");
  }
}

}  // namespace s3reel::cli
