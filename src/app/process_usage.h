#pragma once

#include <cstdint>

namespace s3reel::app {

/// What this process uses, as the kernel counts it (proc(5), getrusage(2)).
struct ProcessUsage {
  std::uint64_t resident = 0;       ///< VmRSS, bytes
  std::uint64_t peak_resident = 0;  ///< VmHWM, bytes
  double cpu_seconds = 0.0;         ///< user and system, all threads
};

ProcessUsage process_usage();

}  // namespace s3reel::app
