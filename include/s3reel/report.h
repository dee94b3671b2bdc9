#pragma once

/// What happened: the facts of a finished job, and of a running one.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace s3reel {

/// One object as it was read or published.
struct ObjectFacts {
  std::string url;
  std::uint64_t size = 0;  ///< bytes
  std::string etag{};
  std::string version_id{};
  std::string format{};           ///< the container
  double duration_seconds = 0.0;  ///< what a player would show; 0 if unknown
};

enum class StreamFate {
  processed,  ///< decoded, through the chain, encoded
  copied,     ///< packets as they were
  encoded,    ///< decoded and encoded, not through the chain
  rewritten,  ///< made anew by the container from what it says: timecode, chapters
  dropped     ///< not in the result; `detail` says why
};

struct StreamFacts {
  int index = 0;     ///< in the source
  std::string type;  ///< video, audio, subtitle, data, attachment
  std::string codec;
  std::string language{};
  StreamFate fate = StreamFate::dropped;
  int result_index = -1;       ///< in the result, -1 if dropped or rewritten
  std::string result_codec{};  ///< name of the encoder, or of the codec if copied
  std::string detail{};
};

struct FrameCounts {
  std::uint64_t decoded = 0;
  std::uint64_t chain_in = 0;   ///< pushed into the chain
  std::uint64_t chain_out = 0;  ///< came out of the chain
  std::uint64_t muxed = 0;      ///< video packets written
};

struct StageFacts {
  std::string name;
  double busy_seconds = 0.0;
  double waiting_seconds = 0.0;  ///< for input, or for room behind it
};

/// A damaged frame that Job::tolerate let pass.
struct DamagedFrame {
  double seconds = 0.0;   ///< of the source
  bool replaced = false;  ///< by the frame before it; else skipped: that one is shown for longer
};

/// A frame on which an op failed, and Job::op_errors let that pass.
struct OpFailure {
  std::string op;
  double seconds = 0.0;  ///< of the source
  std::string reason;
};

/// What a job holds, in bytes.
struct MemoryFacts {
  std::uint64_t budget = 0;   ///< of all buffers together
  std::uint64_t buffers = 0;  ///< what they may hold; the parts of a long result more, up to budget
  std::uint64_t codecs = 0;   ///< decoder and encoder: an estimate, beside the budget
};

struct Report {
  std::string version;  ///< of s3reel
  ObjectFacts source{};
  ObjectFacts result{};
  std::string publication{};  ///< "replaced allowed", "guarded" or "checked only"
  std::vector<StreamFacts> streams{};
  std::vector<std::string> losses{};  ///< what is not in the result, or only altered
  std::vector<std::string> notes{};   ///< decisions worth knowing that lose nothing
  FrameCounts frames{};
  std::vector<DamagedFrame> damaged{};
  std::vector<OpFailure> op_failures{};
  std::vector<StageFacts> stages{};
  std::string limiting_stage{};                     ///< the one that is busy longest
  std::map<std::string, std::uint64_t> requests{};  ///< by operation: "GetObject" …, both stores
  std::uint64_t retries = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  /// What was compared: "source" with what the store had promised of each range; "size", "etag" and
  /// "crc64nvme" of the result with what the store has. Each "verified", or why it could not be.
  std::map<std::string, std::string> checks{};
  MemoryFacts memory{};
  std::uint64_t peak_memory = 0;  ///< bytes, of the whole process
  double wall_seconds = 0.0;
  double cpu_seconds = 0.0;
};

/// A moment of a running job.
struct Progress {
  double position_seconds = 0.0;  ///< presentation time reached in the result
  double duration_seconds = 0.0;  ///< 0 if unknown
  std::uint64_t frames = 0;       ///< muxed
  double elapsed_seconds = 0.0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t memory = 0;  ///< resident bytes now
  bool publishing = false;   ///< everything is encoded, the object is being completed
};

}  // namespace s3reel
