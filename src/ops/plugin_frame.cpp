#include "ops/plugin_frame.h"

#include <new>
#include <stdexcept>
#include <utility>

namespace s3reel::ops {
namespace {

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
  side_data_.clear();
  side_data_list_.clear();
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

media::FramePtr PluginFrame::share() const {
  media::FramePtr other = media::ref_frame(*frame_);
  other->pts = view_.pts;
  return other;
}

void PluginFrame::show_shared() {
  if (view_.writable != 0) {  // else untouched: several threads may look at a frame that is kept
    view_.writable = 0;
  }
}

void PluginFrame::make_writable() {
  if (av_frame_make_writable(frame_.get()) < 0) {
    throw std::bad_alloc();
  }
  show_pixels();
  show_side_data();
}

media::FramePtr PluginFrame::take() {
  frame_->pts = view_.pts;
  return std::move(frame_);
}

s3reel_frame* PluginFrames::add(media::FramePtr frame, bool lent) {
  auto made = std::make_unique<PluginFrame>(std::move(frame));
  s3reel_frame* const view = made->view();
  const std::scoped_lock lock(mutex_);
  entries_.emplace(view, Entry{std::move(made), lent});
  return view;
}

s3reel_frame* PluginFrames::give(media::FramePtr frame) {
  return add(std::move(frame), false);
}

// By its place alone: there may be nothing any more where the plugin points.
PluginFrames::Entry& PluginFrames::find_locked(const s3reel_frame* view) {
  if (view == nullptr) {
    throw std::invalid_argument("it named no frame, but NULL");
  }
  const auto found = entries_.find(view);
  if (found == entries_.end() || found->second.frame->is_taken()) {
    throw std::invalid_argument("it named a frame that it does not have, or no longer");
  }
  return found->second;
}

PluginFrame& PluginFrames::at(const s3reel_frame* view) {
  const std::scoped_lock lock(mutex_);
  return *find_locked(view).frame;
}

media::FramePtr PluginFrames::take(const s3reel_frame* view) {
  const std::scoped_lock lock(mutex_);
  const Entry& entry = find_locked(view);
  media::FramePtr frame = entry.frame->take();
  if (!entry.lent) {
    entries_.erase(view);
  }
  return frame;
}

void PluginFrames::release(const s3reel_frame* view) {
  const std::scoped_lock lock(mutex_);
  if (!find_locked(view).lent) {
    entries_.erase(view);
  }
}

PluginFrames::Loan::Loan(PluginFrames& frames, media::FramePtr frame)
    : frames_(frames), view_(frames.add(std::move(frame), true)) {}

PluginFrames::Loan::~Loan() {
  const std::scoped_lock lock(frames_.mutex_);
  frames_.entries_.erase(view_);
}

}  // namespace s3reel::ops
