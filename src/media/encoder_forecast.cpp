#include "media/encoder_forecast.h"

#include <string>
#include <utility>

namespace s3reel::media {

EncoderForecast forecast_encoder(
    const Job& job,
    const Demuxer& demuxer,
    const StreamMap& map,
    Container container,
    const Output::ThroughOps& through_ops) {
  EncoderForecast forecast;
  if (!demuxer.states_pixel_format(map.video)) {
    forecast.notes.emplace_back("the encoder is chosen at the first frame");
    return forecast;
  }
  const AVStream& stream = demuxer.stream(map.video);
  const Picture picture =
      through_ops(describe_picture(stream, demuxer.frame_rate(map.video), nullptr));
  const EncoderChoice choice = choose_encoder(
      job.video,
      container,
      {.source_codec = stream.codecpar->codec_id,
       .format = static_cast<AVPixelFormat>(picture.like->format),
       .home = picture.home,
       .width = picture.like->width,
       .height = picture.like->height,
       .time_base = picture.like->time_base});
  forecast.encoder = choice.codec->name;
  if (std::string note = choice_note(choice); !note.empty()) {
    forecast.notes.push_back(std::move(note));
  }
  if (!choice.format_loss.empty()) {
    forecast.losses.push_back(choice.format_loss);
  }
  return forecast;
}

}  // namespace s3reel::media
