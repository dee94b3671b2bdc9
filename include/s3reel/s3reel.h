#pragma once

/// s3reel as a library: stream a video out of a store, through a chain of ops, into a store.

#include <chrono>
#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "s3reel/clean.h"
#include "s3reel/error.h"
#include "s3reel/job.h"
#include "s3reel/report.h"

namespace s3reel {

/// Receives what a running job has to say. Its members are called from threads of the job, one call
/// at a time, and must be quick. What a member throws stops the job, and the function that runs the
/// job throws it on, unless the result was published by then.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  enum class Level { debug, info, warning, error };

  virtual void on_progress(const Progress& progress) { static_cast<void>(progress); }

  virtual void on_message(Level level, const std::string& text) {
    static_cast<void>(level);
    static_cast<void>(text);
  }

  /// From clean(): each orphan, once it is settled.
  virtual void on_orphan(const Orphan& orphan) { static_cast<void>(orphan); }
};

/// Runs the job and returns when the result is published, whole. Throws Error; then nothing was
/// published, unless the error says that this could not be settled, or that the store has other
/// bytes than were sent; and what was uploaded has been removed where the store could be reached. A
/// stop request ends the job with Error{interrupted}; while the publication itself is under way its
/// answer is awaited.
Report process(const Job& job, Observer& observer, std::stop_token stop = {});

/// What process() would do, without encoding or writing. Sizes of parts and requests are those of
/// S3 and 0 for a local location.
struct Plan {
  ObjectFacts source{};
  std::string format{};
  std::string encoder{};
  std::vector<StreamFacts> streams{};
  std::vector<std::string> losses{};
  std::vector<std::string> notes{};
  std::uint64_t part_size = 0;       ///< of the first parts
  std::uint64_t largest_output = 0;  ///< bytes the parts can hold
  std::uint64_t memory_budget = 0;   ///< of all buffers together
  std::uint64_t buffer_bytes = 0;    ///< what the buffers may hold, while parts have not grown
  std::uint64_t codec_bytes = 0;     ///< about what the codecs take besides
  std::map<std::string, std::uint64_t> requests{};  ///< made for this plan, by operation
  std::uint64_t gets_left =
      0;  ///< at least, for the rest of a source of which every byte is needed
};

/// Throws what process() would throw before it encodes, Error{refused} for a destination that
/// exists and is not to be replaced.
Plan plan(const Job& job, Observer& observer, std::stop_token stop = {});

/// One stream of a source as found by probe().
struct ProbedStream {
  int index = 0;
  std::string type;
  std::string codec;
  std::string profile{};
  std::string language{};
  std::string title{};
  double start_seconds = 0.0;
  double duration_seconds = 0.0;
  std::int64_t packets = 0;  ///< as the index counts them, 0 if unknown
  // video
  int width = 0;
  int height = 0;
  std::string pixel_format{};
  std::string frame_rate{};     ///< average, as a fraction
  std::string sample_aspect{};  ///< as a fraction, empty if unknown
  int rotation = 0;             ///< degrees clockwise that a player turns the picture
  std::string color{};          ///< range/primaries/transfer/matrix
  // audio
  int sample_rate = 0;
  int channels = 0;
  std::vector<std::string> side_data{};
};

struct Probe {
  ObjectFacts object{};
  std::vector<ProbedStream> streams{};
  std::vector<std::string> chapters{};
  std::map<std::string, std::string> metadata{};
};

/// Reads what is needed to describe a source: a few hundred kB at most for a well-formed file.
Probe probe(const Location& source, Observer& observer, std::stop_token stop = {});

/// A URL with which anyone can read (or, with method PUT, write) one object until it expires.
std::string presign(
    const Location& object,
    std::chrono::seconds expires = std::chrono::hours(1),
    const std::string& method = "GET");

/// Finds the unfinished uploads of killed jobs below s3://bucket/prefix (or s3://bucket) by their
/// records and removes them; never an upload of another writer. Throws Error{refused} at the end
/// when the store refused to remove some, any other Error at once; the observer knows of all that
/// were settled by then.
CleanSummary clean(
    const Location& prefix,
    const CleanOptions& options,
    Observer& observer,
    std::stop_token stop = {});

/// "s3reel 0.1.0", then a line for each library with its version.
std::vector<std::string> version_lines();

}  // namespace s3reel
