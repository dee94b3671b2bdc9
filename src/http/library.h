#pragma once

#include <string>

namespace s3reel::http {

/// "libcurl 7.88.1 (OpenSSL/3.0.17)": what this process runs with.
std::string library_version();

}  // namespace s3reel::http
