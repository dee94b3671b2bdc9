#pragma once

#include <string>

#include "io/byte_source.h"
#include "media/container.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// Identifies what a result was made of: SHA-256 over the source's generation, every option that
/// changes the result, and the versions of s3reel and its codecs. Equal jobs have equal ids. It is
/// stored with the result as the metadata `s3reel-job`.
std::string job_id(const Job& job, media::Container container, const io::SourceIdentity& source);

}  // namespace s3reel::app
