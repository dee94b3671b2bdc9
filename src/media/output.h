#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "media/audio_encoder.h"
#include "media/converter.h"
#include "media/encoder.h"
#include "media/frame_changes.h"
#include "media/muxer.h"
#include "media/picture.h"
#include "media/source_copy.h"
#include "media/stream_map.h"

namespace s3reel::media {

/// The result's encoders and container, opened at the first frame: only that shows what the
/// bitstream really says about its colours.
///
/// Where so much sound comes before the first frame that waiting for it would fill the memory, the
/// container's own word about the picture must do.
class Output {
 public:
  /// What leaves the chain of ops when this enters it.
  using ThroughOps = std::function<Picture(Picture)>;

  struct Parts {
    const Job& job;
    const SourceCopy& source;
    const StreamMap& map;
    Container container;
    FrameView seen;  ///< like the picture's first frame; null: the container states the format
    ThroughOps through_ops;
    io::ObjectWriter& writer;
    const base::Log& log;
  };

  explicit Output(const Parts& parts);

  /// Opens encoder and container for frames like `first`, once; later calls find it open. `home`:
  /// see Picture. Called by the encoding and the muxing thread.
  void open(const AVFrame& first, AVPixelFormat home);

  /// The same before a frame came.
  void open_unseen();

  /// For a picture that is copied.
  void open_copy();

  /// Valid after open(); the encoder belongs to the encoding thread, the muxer to the muxing
  /// thread.
  [[nodiscard]] VideoEncoder& encoder() { return *encoder_; }

  [[nodiscard]] Muxer& muxer() { return muxer_; }

  /// Brings a frame into the encoder's format and range, with a look at what it contradicts. Valid
  /// after open(); the encoding thread calls it.
  FramePtr prepare(FramePtr frame);

  /// Encodes a packet of a stream whose sound is encoded; the demuxing thread calls it. Packets
  /// leave with the result's times.
  void encode_sound(const AVPacket& packet, const AudioEncoder::OnPacket& on_packet);

  /// No packet of this stream follows: delivers what is still inside.
  void drain_sound(int source_index, const AudioEncoder::OnPacket& on_packet);

  /// What opening found out, for the report. To be read after the threads have ended.
  [[nodiscard]] const std::vector<std::string>& losses() const { return losses_; }

  /// What encoding and writing picture and sound lost or changed. To be read after the threads have
  /// ended.
  [[nodiscard]] std::vector<std::string> encoding_losses() const;

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  [[nodiscard]] const std::string& encoder_name() const { return encoder_name_; }

 private:
  void open_locked(const Picture& picture);
  void settle_encoder(const Picture& picture);
  void open_encoder(const EncoderChoice& choice, const Picture& picture);
  void report_choice(const EncoderChoice& choice, const Picture& picture);
  void add_streams(const AVFrame* first);
  [[nodiscard]] bool keeps_chroma_location(const AVFrame& first) const;
  void report_frame_losses(const AVFrame& first);

  [[nodiscard]] AudioEncoder::OnPacket at_result_times(const AudioEncoder::OnPacket& next) const;

  const Parts parts_;
  const Picture expected_;  ///< behind the ops, as far as it is known before the first frame
  std::map<int, std::unique_ptr<AudioEncoder>> audio_encoders_;  ///< by source index
  std::mutex mutex_;
  // guarded by mutex_ until open
  bool open_ = false;
  Muxer muxer_;
  std::unique_ptr<VideoEncoder> encoder_;
  std::optional<PixelConverter> converter_;  ///< the encoding thread's once it is open
  AVPixelFormat format_ = AV_PIX_FMT_NONE;
  std::string encoder_name_;
  std::vector<std::string> losses_;
  std::vector<std::string> notes_;
  std::optional<FrameChanges> changes_;  ///< from the first frame on; the encoding thread's
};

}  // namespace s3reel::media
