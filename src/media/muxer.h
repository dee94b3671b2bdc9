#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "media/avio_output.h"
#include "media/container.h"
#include "media/mux_sink.h"
#include "media/ptr.h"

namespace s3reel::media {

/// Writes one container file through a MuxSink into an ObjectWriter, which must outlive it. Used by
/// one thread. Order: add streams, write_header(), write() in the order to be stored, finish().
class Muxer {
 public:
  Muxer(Container container, io::ObjectWriter& writer);

  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;
  ~Muxer() = default;

  /// Adds a stream whose packets are the source's. Returns its index.
  int add_copied(const AVStream& source, AVRational time_base);

  /// Adds a stream whose packets are an encoder's; what the container says about it (language,
  /// rotation, disposition, …) is taken from the stream it was made of.
  int add_encoded(const AVCodecContext& encoder, const AVStream& source);

  /// Side data of the picture that only its frames carry, such as HDR10's.
  void add_frame_side_data(int stream, const AVFrame& frame);

  /// Titles, chapters and so on; times of chapters are moved by `start`.
  void copy_metadata(const AVFormatContext& source, std::int64_t start_us);

  /// `video`: the stream whose time base becomes that of the whole movie, so that edit lists are
  /// exact (the default of 1/1000 s rounds them).
  void write_header(int video);

  /// Takes a packet with its time base set and writes it. dts must ascend within its stream.
  void write(AVPacket& packet);

  /// Writes the trailer and completes the head. The object can be published afterwards.
  void finish();

  /// What of the packets so far the result does not say, in words.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  /// Takes the ADTS headers off a stream's packets.
  struct Adts {
    BsfPtr filter;
    int source = -1;                     ///< index of the stream
    std::optional<unsigned> first{};     ///< the configuration that the result states
    std::optional<double> changed_at{};  ///< seconds
  };

  AVStream& add_stream(const AVStream& source);
  void keep_dolby_vision(const AVStream& source, AVStream& stream);
  void filter_adts(const AVStream& stream, const AVStream& source, AVRational time_base);
  void write_filtered(Adts& adts, AVPacket& packet);
  void count_held(const AVPacket& packet);
  void write_one(AVPacket& packet);
  void after_write(int code, const char* operation);
  void options_for_mp4(int video, Dictionary& options) const;

  Container container_;
  std::unique_ptr<MuxSink> sink_;
  AvioOutput output_;
  OutputPtr format_;
  std::uint64_t packets_ = 0;
  std::map<int, std::int64_t> delays_;  ///< added to a stream's times, samples of 48 kHz
  std::map<int, Adts> adts_;            ///< of copied packets, by stream
  std::map<int, int> awaited_;          ///< fmp4's streams without a packet, and their sources
  std::uint64_t held_bytes_ = 0;        ///< written while some were awaited
};

}  // namespace s3reel::media
