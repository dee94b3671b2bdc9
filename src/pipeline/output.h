#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.h"
#include "media/audio_encoder.h"
#include "media/encoder.h"
#include "media/muxer.h"
#include "media/stream_map.h"
#include "ops/chain.h"

namespace s3reel::pipeline {

/// The result's encoders and container, opened at the first frame: only that shows what the
/// bitstream really says about its colours.
///
/// Where so much sound comes before the first frame that waiting for it would fill the memory, the
/// container's own word about the picture must do.
class Output {
 public:
  struct Parts {
    const Job& job;
    const media::Demuxer& demuxer;
    const media::StreamMap& map;
    media::Container container;
    AVRational time_base;  ///< of the frames that leave the chain
    const AVFrame* seen;   ///< like the picture's first frame, or null: the container says it
    io::ObjectWriter& writer;
    const base::Log& log;
  };

  explicit Output(const Parts& parts);

  /// Opens encoder and container for frames like `first`, once; later calls find it open. Called by
  /// the encoding and the muxing thread.
  void open(const AVFrame& first);

  /// The same before a frame came, with the format that leaves `chain`.
  void open_unseen(const ops::Chain& chain);

  /// For a picture that is copied.
  void open_copy();

  /// Valid after open(); the encoder belongs to the encoding thread, the muxer to the muxing
  /// thread.
  [[nodiscard]] media::VideoEncoder& encoder() { return *encoder_; }

  [[nodiscard]] media::Muxer& muxer() { return muxer_; }

  [[nodiscard]] AVPixelFormat encoder_format() const { return format_; }

  /// Belongs to the demuxing thread. nullptr: this stream is not encoded.
  [[nodiscard]] media::AudioEncoder* audio_encoder(int source_index);

  /// What opening found out, for the report. To be read after the threads have ended.
  [[nodiscard]] const std::vector<std::string>& losses() const { return losses_; }

  /// What encoding the sound had to change. To be read after the threads have ended.
  [[nodiscard]] std::vector<std::string> sound_losses() const;

  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  [[nodiscard]] const std::string& encoder_name() const { return encoder_name_; }

 private:
  [[nodiscard]] media::FramePtr described_frame() const;
  void open_locked(const AVFrame& first);
  void choose_encoder(const AVFrame& first);
  void open_encoder(const media::EncoderChoice& choice, const AVFrame& first);
  void report_choice(const media::EncoderChoice& choice, const AVFrame& first);
  void add_streams(const AVFrame* first);
  [[nodiscard]] bool keeps_chroma_location(const AVFrame& first) const;
  void report_frame_losses(const AVFrame& first);

  const Parts parts_;
  std::map<int, std::unique_ptr<media::AudioEncoder>> audio_encoders_;  ///< by source index
  std::mutex mutex_;
  // guarded by mutex_ until open
  bool open_ = false;
  media::Muxer muxer_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  AVPixelFormat format_ = AV_PIX_FMT_NONE;
  std::string encoder_name_;
  std::vector<std::string> losses_;
  std::vector<std::string> notes_;
};

}  // namespace s3reel::pipeline
