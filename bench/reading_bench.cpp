// How fast one object of a store is read through ObjectReader, from its first byte to its last, and
// thrown away: reading_bench s3://bucket/key [READ_AHEAD_BYTES]. One line of JSON on standard
// output. The store comes from the environment, as with the command.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "app/process_usage.h"
#include "app/stores.h"
#include "base/clock.h"
#include "base/units.h"
#include "s3/make_client.h"
#include "s3/object_reader.h"

namespace {

namespace app = s3reel::app;
namespace base = s3reel::base;
namespace io = s3reel::io;
namespace s3 = s3reel::s3;

constexpr std::size_t kPiece = 64 * base::kKiB;  // as libavformat reads

std::uint64_t read_all(io::ByteSource& source) {
  std::vector<std::byte> piece(kPiece);
  std::uint64_t at = 0;
  while (const std::size_t count = source.read_at(at, piece)) {
    at += count;
  }
  return at;
}

void run(const std::string& url, std::uint64_t read_ahead) {
  base::SystemClock clock;
  const auto client = s3::make_client(app::completed_settings({}), base::Log(), clock);
  s3::ReaderSettings settings;
  settings.budget = read_ahead;
  const auto begun = clock.now();
  const auto reader =
      s3::ObjectReader::open(*client, clock, s3::parse_s3_url(url), settings, std::stop_token());
  const std::uint64_t bytes = read_all(*reader);
  const std::chrono::duration<double> seconds = clock.now() - begun;
  const app::ProcessUsage usage = app::process_usage();
  std::printf(
      "{\"bytes\": %llu, \"seconds\": %.3f, \"cpu_seconds\": %.3f, \"peak_memory\": %llu}\n",
      static_cast<unsigned long long>(bytes),
      seconds.count(),
      usage.cpu_seconds,
      static_cast<unsigned long long>(usage.peak_resident));
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.empty()) {
    std::fputs("usage: reading_bench s3://bucket/key [READ_AHEAD_BYTES]\n", stderr);
    return 2;
  }
  try {
    run(arguments[0],
        arguments.size() > 1 ? std::stoull(arguments[1]) : s3::ReaderSettings{}.budget);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reading_bench: %s\n", error.what());
    return 1;
  }
}
