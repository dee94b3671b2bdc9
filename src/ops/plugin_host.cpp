#include "ops/plugin_host.h"

#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

base::LogLevel log_level(std::int32_t level) {
  return level <= 0   ? base::LogLevel::debug
         : level == 1 ? base::LogLevel::info
                      : base::LogLevel::warning;
}

const char* stated(const char* name) {
  return name == nullptr ? "" : name;
}

}  // namespace

PluginFrame::PluginFrame(media::FramePtr frame) : frame_(std::move(frame)) {
  const auto format = static_cast<AVPixelFormat>(frame_->format);
  view_.size = sizeof view_;
  view_.format = av_get_pix_fmt_name(format);
  view_.width = frame_->width;
  view_.height = frame_->height;
  view_.planes = av_pix_fmt_count_planes(format);
  view_.pts = frame_->pts;
  view_.time_base_num = frame_->time_base.num;
  view_.time_base_den = frame_->time_base.den;
  view_.color_range = stated(av_color_range_name(frame_->color_range));
  view_.color_primaries = stated(av_color_primaries_name(frame_->color_primaries));
  view_.color_transfer = stated(av_color_transfer_name(frame_->color_trc));
  view_.color_matrix = stated(av_color_space_name(frame_->colorspace));
  view_.handle = this;
  show_pixels();
  show_side_data();
}

void PluginFrame::show_pixels() {
  view_.writable = av_frame_is_writable(frame_.get());
  for (int i = 0; i < view_.planes && i < S3REEL_PLUGIN_PLANES; ++i) {
    view_.data[i] = frame_->data[i];
    view_.stride[i] = frame_->linesize[i];
  }
}

void PluginFrame::show_side_data() {
  for (int i = 0; i < frame_->nb_side_data; ++i) {
    const AVFrameSideData& data = *frame_->side_data[i];
    side_data_.push_back(
        {sizeof(s3reel_side_data),
         stated(av_frame_side_data_name(data.type)),
         data.data,
         data.size});
  }
  for (const s3reel_side_data& one : side_data_) {
    side_data_list_.push_back(&one);
  }
  view_.side_data = side_data_list_.data();
  view_.side_data_count = side_data_list_.size();
}

void PluginFrame::make_writable() {
  if (av_frame_make_writable(frame_.get()) < 0) {
    throw std::bad_alloc();
  }
  show_pixels();
}

media::FramePtr PluginFrame::take() {
  frame_->pts = view_.pts;
  return std::move(frame_);
}

template <class Call>
auto PluginHost::guarded(Call&& call, decltype(call()) failed) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    if (!met_) {
      met_ = std::current_exception();
    }
    return failed;
  }
}

std::unique_ptr<PluginFrame> PluginHost::claim(s3reel_frame* frame) {
  PluginFrame* const one = &PluginFrame::of(frame);
  return one == lent_.get() ? std::move(lent_) : std::unique_ptr<PluginFrame>(one);
}

PluginHost::PluginHost(const base::Log& log, const Op::Emit* emit, media::FramePtr lent)
    : log_(log),
      emit_(emit),
      lent_(lent ? std::make_unique<PluginFrame>(std::move(lent)) : nullptr) {
  view_.size = sizeof view_;
  view_.context = this;
  view_.log = [](void* context, int32_t level, const char* text) {
    of(context).guarded(
        [&] {
          of(context).log_.write(log_level(level), stated(text));
          return 0;
        },
        0);
  };
  view_.fail = [](void* context, const char* reason) {
    of(context).reason_ = stated(reason);
  };
  view_.create = [](void* context,
                    const s3reel_frame* like,
                    const char* format,
                    int32_t width,
                    int32_t height) {
    return of(context).guarded(
        [&]() -> s3reel_frame* {
          const Frame model = wrap(media::ref_frame(PluginFrame::of(like).frame()));
          auto made = std::make_unique<PluginFrame>(
              unwrap(model.like({.format = stated(format), .width = width, .height = height})));
          return made.release()->view();
        },
        nullptr);
  };
  view_.keep = [](void* context, const s3reel_frame* frame) {
    return of(context).guarded(
        [&]() -> s3reel_frame* {
          auto kept =
              std::make_unique<PluginFrame>(media::ref_frame(PluginFrame::of(frame).frame()));
          return kept.release()->view();
        },
        nullptr);
  };
  view_.make_writable = [](void* context, s3reel_frame* frame) {
    return of(context).guarded(
        [&] {
          PluginFrame::of(frame).make_writable();
          return 0;
        },
        1);
  };
  view_.emit = [](void* context, s3reel_frame* frame) {
    PluginHost& host = of(context);
    const std::unique_ptr<PluginFrame> owned = host.claim(frame);
    return host.guarded(
        [&] {
          if (host.emit_ == nullptr) {
            throw std::logic_error("it hands on a frame outside of push() and flush()");
          }
          (*host.emit_)(wrap(owned->take()));
          return 0;
        },
        1);
  };
  view_.release = [](void* context, s3reel_frame* frame) {
    const std::unique_ptr<PluginFrame> owned = of(context).claim(frame);
  };
}

void PluginHost::check(int code, const char* function) const {
  if (met_) {
    std::rethrow_exception(met_);
  }
  if (code != 0) {
    throw std::runtime_error(
        reason_.empty() ? fmt::format("its {} returned {} and did not say why", function, code)
                        : reason_);
  }
}

}  // namespace s3reel::ops
