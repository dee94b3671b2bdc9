#include "app/stores.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "io/file_store.h"
#include "io/location.h"
#include "s3/make_client.h"
#include "s3/settings.h"
#include "s3/web_store.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

std::optional<std::string> process_environment(const std::string& name) {
  // Nothing in this process changes the environment once threads run.
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

double time_scale() {
  constexpr char kName[] = "S3REEL_TIME_SCALE";
  const std::string text = process_environment(kName).value_or("1");
  double scale = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, scale);
  if (problem != std::errc() || stop != end || !(scale > 0.0) || scale > 1.0) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = kName,
        .reason = fmt::format("'{}' is no number above 0 and up to 1", text),
        .hint = "it is there for tests: leave it unset"});
  }
  return scale;
}

std::string endpoint_of(const StoreSettings& settings) {
  std::string endpoint =
      s3::complete_address(settings, process_environment).endpoint_url.value_or("");
  while (endpoint.ends_with('/')) {
    endpoint.pop_back();
  }
  return endpoint;
}

StoreSettings completed_settings(const StoreSettings& settings) {
  return s3::complete_settings(settings, process_environment);
}

LocationStore::LocationStore(
    const Location& location,
    const s3::StoreBuffers& buffers,
    base::Clock& clock,
    const base::Log& log)
    : clock_(clock, time_scale()) {
  const auto keep = [this](auto store, auto traffic) {
    traffic_ = [&counted = *store, traffic] {
      return traffic(counted);
    };
    store_ = std::move(store);
  };
  const auto requests = [](const auto& store) {
    return store.traffic();
  };
  switch (io::parse_location(location.url).kind) {
    case io::LocationKind::s3: {
      const StoreSettings settings = completed_settings(location.store);
      auto setup = s3::S3Store::setup_for(buffers, settings);
      auto client = s3::make_client(settings, log, clock_);
      keep(
          std::make_unique<s3::S3Store>(std::move(client), clock_, log, std::move(setup)),
          requests);
      break;
    }
    case io::LocationKind::web: {
      const StoreSettings settings = s3::complete_address(location.store, process_environment);
      auto client = s3::make_web_client(settings, log, clock_);
      keep(
          std::make_unique<s3::WebStore>(
              std::move(client), clock_, s3::ReaderSettings{.budget = buffers.read_ahead}),
          requests);
      break;
    }
    case io::LocationKind::file:
    case io::LocationKind::standard_stream:
      keep(std::make_unique<io::FileStore>(), [](const io::FileStore& files) {
        s3::Traffic bytes_only;
        bytes_only.bytes_read = files.counts().read;
        bytes_only.bytes_written = files.counts().written;
        return bytes_only;
      });
      break;
  }
}

bool reads_by_requests(const Location& location) {
  const auto kind = io::parse_location(location.url).kind;
  return kind == io::LocationKind::s3 || kind == io::LocationKind::web;
}

}  // namespace s3reel::app
