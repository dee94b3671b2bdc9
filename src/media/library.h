#pragma once

namespace s3reel::media {

/// Keeps libav from writing to standard error on its own; its failures come back as errors and are
/// reported as ours. Its log level is one per process. Any thread may call, any number of times.
void silence_libraries();

}  // namespace s3reel::media
