#pragma once

/// What to do: every option of a job, its unit and its default. Plain data, no behaviour.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "s3reel/op.h"

namespace s3reel {

/// Long-term or temporary keys. Left out, they come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
/// and AWS_SESSION_TOKEN.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token{};
};

/// Limits of the retry loop under every request to a store.
struct RetrySettings {
  int attempts = 10;                    ///< in all, the first included
  int base_delay_ms = 50;               ///< doubled at each attempt, then scaled by a random 0 to 1
  int throttled_base_delay_ms = 1'000;  ///< the same after 503 SlowDown and its kin
  int max_delay_ms = 20'000;            ///< no single wait is longer
  int deadline_ms = 300'000;            ///< no request is retried for longer than this
  int unreachable_deadline_ms = 8'000;  ///< the same while nothing ever answered at the endpoint
  int connect_timeout_ms = 5'000;
  int stall_timeout_ms = 20'000;  ///< a connection without progress for this long is dead
};

/// Where the bucket's name goes in a request.
enum class Addressing {
  automatic,      ///< path for IP addresses, localhost and bucket names with dots, else virtual
  path,           ///< https://host/bucket/key
  virtual_hosted  ///< https://bucket.host/key
};

/// How to reach the store of one location. Source and destination own one each.
struct StoreSettings {
  std::optional<std::string> endpoint_url{};  ///< else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS
  std::optional<std::string> region{};        ///< else AWS_REGION, AWS_DEFAULT_REGION, REGION_NAME
  Addressing addressing = Addressing::automatic;
  std::optional<Credentials> credentials{};
  std::optional<std::string> ca_bundle{};  ///< PEM file of trusted certificates, else the system's
  RetrySettings retry{};
};

/// `url` is s3://bucket/key or a local path. A source may be https://host/path as well, and a
/// destination - for standard output.
struct Location {
  std::string url;
  StoreSettings store{};
};

/// One of s3reel's own ops (docs/processing.md).
struct BuiltInOp {
  std::string name;
  std::map<std::string, std::string> parameters{};
};

/// A libavfilter graph, in FFmpeg's words: "scale=1280:-2,hqdn3d". One input and one output are
/// left open, and as many inputs more as `inputs` names, by their labels: URLs of other videos,
/// read with the settings of the source's store. Their times begin at zero like the job's.
struct GraphOp {
  std::string graph;
  std::map<std::string, std::string> inputs{};
};

/// An op in a shared library (s3reel/plugin.h).
struct PluginOp {
  std::string path;
  std::map<std::string, std::string> parameters{};
};

/// An op of one's own. `make` is called before the job begins, and once more for each worker.
struct CustomOp {
  std::string name;
  OpFactory make;
};

/// One step of the chain.
using OpSpec = std::variant<BuiltInOp, GraphOp, PluginOp, CustomOp>;

/// What becomes of a frame on which an op fails.
enum class OnOpError {
  fail,       ///< the job ends: exit code 6
  skip_op,    ///< it goes on as it was before that op
  drop_frame  ///< it is not in the result; the one before it is shown for longer
};

struct OpErrorSettings {
  OnOpError action = OnOpError::fail;
  std::uint64_t budget = 100;  ///< frames; one more ends the job
};

struct VideoSettings {
  /// A libavcodec encoder, or "copy" for the packets as they are. Empty: by the source's codec
  /// (docs/codecs.md).
  std::string codec{};
  std::optional<double> crf{};
  std::string preset{};
  std::optional<std::int64_t> bitrate{};  ///< bit/s
  std::map<std::string, std::string>
      options{};    ///< passed to the encoder; unknown ones are refused
  int threads = 0;  ///< of the decoder and the encoder; 0: by machine
};

/// One budget for all buffers of a job, and how it is shared out; in bytes unless said otherwise.
/// Together with the codecs' own memory they make up the peak (docs/memory.md).
struct MemorySettings {
  /// Read-ahead, queues, parts and the retained head together. Unset: a quarter of what the cgroup
  /// or the machine has, at least 64 MiB and at most 1 GiB.
  std::optional<std::uint64_t> budget{};
  // Shares. Unset: the usual size, or less where the budget is small.
  std::optional<std::uint64_t> read_ahead{};
  std::optional<std::uint64_t> part_size{};  ///< of the first parts; later ones grow
  std::optional<int> parts_in_flight{};      ///< and one more is being filled
  std::optional<int> queued_frames{};        ///< decoded frames before and behind the chain
};

struct Job {
  Location source{};
  Location destination{};
  std::vector<OpSpec> ops{};
  OpErrorSettings op_errors{};
  /// Frames on which stateless ops work at the same time; 0: as many as there are processors, and
  /// the memory budget allows.
  int op_threads = 0;
  VideoSettings video{};
  std::string format{};  ///< mp4, fmp4, mov, mkv; empty: by the destination's extension, else mp4
  /// Damaged frames of the picture that do not end the job: one that the decoder conceals is
  /// replaced by the frame before it, one of which nothing can be decoded is skipped.
  std::uint64_t tolerate = 0;
  bool no_clobber = false;  ///< refuse to replace an existing destination
  bool in_place = false;    ///< allow the destination to be the source
  MemorySettings memory{};
};

}  // namespace s3reel
