#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "media/ptr.h"
#include "media/tolerance.h"
#include "s3reel/error.h"

namespace s3reel::media {

/// The decode loop of one stream, video or audio. Used by one thread.
///
/// Corrupt data is Error{input}: an error of the decoder, or a frame it flags as damaged or
/// concealed, or a packet of which no frame came although every packet of its codec is shown;
/// unless the tolerance bears it. What precedes the first key frame cannot be decoded by anybody;
/// it is counted.
class Decoder {
 public:
  /// Takes ownership of each frame. pts is the frame's best-effort time in the stream's time base.
  using OnFrame = std::function<void(FramePtr)>;

  enum class Begin {
    start,  ///< of the stream
    middle  ///< at a key frame; commands about pictures before it are no damage
  };

  /// `threads` 0: as many as the machine has. `subject` names the stream in errors. `tolerance`
  /// must outlive the decoder; null: none.
  Decoder(
      const AVStream& stream,
      int threads,
      std::string subject,
      Tolerance* tolerance = nullptr,
      Begin begin = Begin::start);

  void decode(const AVPacket& packet, const OnFrame& on_frame);

  /// The stream is over: delivers what is still inside. Throws as decode() does.
  void drain(const OnFrame& on_frame);

  /// No packet follows, though the stream goes on. What refers to later packets may not come out.
  void break_off(const OnFrame& on_frame);

  [[nodiscard]] std::uint64_t frames() const { return frames_; }

  /// Packets before the first usable key frame, in either order, that gave nothing.
  [[nodiscard]] std::uint64_t undecodable_leading() const;

 private:
  void note_time(const AVPacket& packet);
  void note_in_work(const AVPacket& packet);
  void note_shown(const AVFrame& frame);
  void send(const AVPacket* packet, const OnFrame& on_frame);
  void receive_all(const OnFrame& on_frame);
  [[nodiscard]] bool is_leading_failure();
  /// The decoder gave nothing of a packet. Throws unless that is borne.
  void skip(int code);
  /// What takes the place of a damaged frame; null: nothing does. Throws unless that is borne.
  FramePtr replacement(const AVFrame& damaged);
  bool bear(std::int64_t pts, bool replaced);
  void check_all_shown();
  void deliver(FramePtr frame, const OnFrame& on_frame);
  [[nodiscard]] Error corrupt(const char* what, std::int64_t pts, int code) const;

  std::string subject_;
  AVRational time_base_;
  CodecPtr codec_;
  bool key_seen_ = false;
  std::uint64_t before_key_ = 0;  ///< packets sent before the first key frame
  std::uint64_t frames_ = 0;
  std::uint64_t failed_leading_ = 0;
  Tolerance* tolerance_;
  FramePtr last_good_;                      ///< where damage is borne
  std::deque<std::int64_t> in_work_;        ///< times of the packets whose result is not known
  bool awaits_all_;                         ///< every packet is shown
  std::multiset<std::int64_t> awaited_;     ///< times of packets of which no frame came yet
  std::vector<std::int64_t> early_times_;   ///< of the first packets to be shown
  std::optional<std::int64_t> first_time_;  ///< of the first frame
};

}  // namespace s3reel::media
