#include "app/process_usage.h"

#include <fstream>
#include <string>

#include <sys/resource.h>

#include "base/units.h"

namespace s3reel::app {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) {
      usage.resident = std::stoull(line.substr(6)) * base::kKiB;
    } else if (line.starts_with("VmHWM:")) {
      usage.peak_resident = std::stoull(line.substr(6)) * base::kKiB;
    }
  }
  rusage used{};
  if (getrusage(RUSAGE_SELF, &used) == 0) {
    usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  }
  return usage;
}

}  // namespace s3reel::app
