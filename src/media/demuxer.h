#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "io/byte_source.h"
#include "media/avio_input.h"
#include "media/input_policy.h"
#include "media/ptr.h"
#include "s3reel/error.h"

namespace s3reel::media {

/// One source file, opened and read front to back. Used by one thread. The source must outlive it.
///
/// What it defends: a source that holds less than its structure or its index says is an error, at
/// the start where that can be seen, else at the end; it never ends as a short video.
class Demuxer {
 public:
  enum class Read {
    packet,
    end  ///< every byte was read as promised; check_complete() may be called
  };

  /// How much of the file may be read to find out what its streams are.
  enum class Depth {
    job,   ///< libavformat's own limits
    probe  ///< a few hundred kB
  };

  /// Throws Error{input} if it is not a video file, is truncated, or claims more than `limits`.
  Demuxer(
      io::ByteSource& source, Depth depth, const base::Log& log, const InputLimits& limits = {});

  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;
  ~Demuxer() = default;

  [[nodiscard]] const io::SourceIdentity& identity() const { return source_.identity(); }

  [[nodiscard]] const AVFormatContext& context() const { return *format_; }

  [[nodiscard]] const AVStream& stream(int index) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-bounds-pointer-arithmetic): an array of libavformat
    return *format_->streams[index];
  }

  [[nodiscard]] std::span<AVStream* const> streams() const {
    return {format_->streams, format_->nb_streams};
  }

  /// False: only the first frame shows which pixel format a picture has.
  [[nodiscard]] bool states_pixel_format(int index) const;

  /// The rate that frames are meant for, as libav guesses it: 30 where a phone caught 27.5 on
  /// average. The average where that guess is none, 25 without either.
  [[nodiscard]] AVRational frame_rate(int index) const;

  /// Reads only these streams from now on, checks that every sample the index promises lies inside
  /// the object, and tells the source which bytes will be needed.
  void select(const std::vector<int>& chosen);

  /// The index lists every sample, and did so before the first was read.
  [[nodiscard]] bool has_whole_index() const { return index_is_whole_ && has_full_index(); }

  /// Tells the source that only these bytes will be needed from now on; select() does so for all
  /// bytes of its streams.
  void plan(const std::vector<io::ByteRange>& ranges) { source_.plan(ranges); }

  /// The next packets are those from a key frame of `stream` on that lies at or before `time`, in
  /// its time base, or from the beginning. How far before depends on the container. From then on
  /// check_complete() has nothing to say. Throws Error{input} for a container in which no place can
  /// be found.
  void seek(int stream, std::int64_t time);

  /// The same from the very beginning: check_complete() has its say again.
  void rewind(int stream);

  /// Fills `packet`. Throws Error{input} for corrupt data, the source's error when it failed.
  Read read(AVPacket& packet);

  /// Of this stream packets that are marked as corrupt are delivered all the same: it is decoded,
  /// and the decoder's tolerance judges.
  void deliver_corrupt(int stream) { delivers_corrupt_ = stream; }

  /// After the end: throws Error{input} if less was delivered than the index promised, or if the
  /// picture goes on in a stream that was not announced.
  void check_complete() const;

  /// What the file holds beside the streams it announced, in words. It outlives close().
  [[nodiscard]] std::vector<std::string> losses() const;

  /// Nothing more will be asked, not even about streams: lets the container's index go, which is
  /// some 40 bytes a sample in MP4.
  void close() { format_.reset(); }

 private:
  /// Where a stream begins that is not delivered.
  struct Other {
    AVMediaType type = AVMEDIA_TYPE_UNKNOWN;
    AVCodecID codec = AV_CODEC_ID_NONE;
    double begin_seconds = 0.0;
    std::int64_t position = 0;  ///< of its first packet in the file
  };

  void open(const base::Log& log);
  const AVInputFormat* recognise();
  void guard(const AVInputFormat& format);
  AVFormatContext* new_context(Dictionary& options);
  void check_opened(int code, const char* reason);
  [[nodiscard]] std::chrono::steady_clock::duration own_time() const;
  void check_parsed(const std::string& said) const;
  void note_other(const AVPacket& packet);
  void check_picture_goes_on() const;
  void check_open_end() const;
  void check_last_fragment() const;
  void check_read_to_end() const;
  void find_streams(Depth depth);
  void check_index() const;
  [[nodiscard]] bool is_wanted(int stream) const;
  [[nodiscard]] bool has_full_index() const;
  [[nodiscard]] bool is_sequential() const;
  [[nodiscard]] Error bad_input(std::string reason, int code = 0) const;

  io::ByteSource& source_;
  const InputLimits limits_;
  AvioInput input_;
  std::string asked_;  ///< another place that the file made libavformat ask for
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool opening_ = true;
  bool open_ended_ = false;  ///< the container does not say where it ends
  bool fragmented_ = false;  ///< MP4 whose index comes in pieces
  InputPtr format_;
  bool index_is_whole_ = false;  ///< it lists every sample before the first is read
  std::vector<int> selected_;
  int delivers_corrupt_ = -1;            ///< a stream
  std::vector<std::int64_t> delivered_;  ///< packets by stream
  std::map<int, Other> others_;          ///< by stream
  std::int64_t picture_position_ = -1;   ///< of the hindmost packet of a selected video stream
};

}  // namespace s3reel::media
