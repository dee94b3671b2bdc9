#pragma once

#include <string>

#include "s3reel/error.h"

namespace s3reel::media {

/// libav's own words for one of its codes.
std::string av_reason(int code);

/// `kind` is what a failure of this very call means to the user: a demuxer's is `input`, an encoder
/// option's is `usage`, most others are `internal`.
Error av_failure(ErrorKind kind, int code, std::string operation, std::string subject);

/// Throws av_failure() if `code` is negative; returns it otherwise.
int check(ErrorKind kind, int code, const char* operation, const std::string& subject = {});

}  // namespace s3reel::media
