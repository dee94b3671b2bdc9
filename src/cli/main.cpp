#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include <malloc.h>

#include "cli/engine.h"
#include "cli/run.h"

namespace {

// glibc moves this threshold up as soon as a large block is freed. An index of tens of MiB then
// grows by copies inside the heap, whose holes stay: twice the memory an hour-long video needs.
constexpr int kLargeBlockBytes = 4 * 1024 * 1024;

}  // namespace

/// The command: arguments in, exit code out. docs/overview.md follows the way from here.
int main(int argc, char** argv) {
  // A reader that went away is an error to report, not a reason to die with an upload open.
  std::signal(SIGPIPE, SIG_IGN);
  // SVT-AV1 writes to standard error on its own unless told so; what the user set stays.
  setenv("SVT_LOG", "1", 0);                    // NOLINT(concurrency-mt-unsafe): no thread runs yet
  mallopt(M_MMAP_THRESHOLD, kLargeBlockBytes);  // NOLINT(concurrency-mt-unsafe): as above
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return s3reel::cli::run(arguments, s3reel::cli::library_engine(), s3reel::cli::process_host());
}
