#pragma once

#include <memory>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// Deleters, explicit about which kind of C function they call: free(p) or free(&p). It is not
/// detected, because a void* parameter accepts a T** too.
template <auto Free>
struct FreePtr {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};

template <auto Free>
struct FreePtrPtr {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(&p);
  }
};

struct AvioDelete {
  void operator()(AVIOContext* context) const noexcept {
    av_freep(&context->buffer);  // libav may have replaced the buffer it was given
    avio_context_free(&context);
  }
};

using FramePtr = std::unique_ptr<AVFrame, FreePtrPtr<&av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, FreePtrPtr<&av_packet_free>>;
using CodecPtr = std::unique_ptr<AVCodecContext, FreePtrPtr<&avcodec_free_context>>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, FreePtrPtr<&avcodec_parameters_free>>;
using InputPtr = std::unique_ptr<AVFormatContext, FreePtrPtr<&avformat_close_input>>;
using OutputPtr = std::unique_ptr<AVFormatContext, FreePtr<&avformat_free_context>>;
using AvioPtr = std::unique_ptr<AVIOContext, AvioDelete>;
using BufferPtr = std::unique_ptr<AVBufferRef, FreePtrPtr<&av_buffer_unref>>;
using BsfPtr = std::unique_ptr<AVBSFContext, FreePtrPtr<&av_bsf_free>>;
using FilterGraphPtr = std::unique_ptr<AVFilterGraph, FreePtrPtr<&avfilter_graph_free>>;
using FilterPadsPtr = std::unique_ptr<AVFilterInOut, FreePtrPtr<&avfilter_inout_free>>;
using SwsPtr = std::unique_ptr<SwsContext, FreePtr<&sws_freeContext>>;
using SwrPtr = std::unique_ptr<SwrContext, FreePtrPtr<&swr_free>>;

/// A frame of somebody else's, or null.
using FrameView = const AVFrame*;

/// Throw std::bad_alloc instead of returning null.
FramePtr make_frame();
PacketPtr make_packet();
FramePtr ref_frame(const AVFrame& frame);

/// Options for a libav call that takes an AVDictionary**; what is left in it was not understood.
class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  ~Dictionary() { av_dict_free(&dictionary_); }

  void set(const char* key, const char* value) { av_dict_set(&dictionary_, key, value, 0); }

  [[nodiscard]] AVDictionary** get() { return &dictionary_; }

  [[nodiscard]] const AVDictionary* view() const { return dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

}  // namespace s3reel::media
