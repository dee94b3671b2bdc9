#include "ops/plugin_host.h"

#include <new>
#include <stdexcept>
#include <string>
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

std::string text_of(const char* words) {
  return words == nullptr ? std::string() : std::string(words);
}

}  // namespace

/// No exception may pass through the plugin: it becomes the reason, as if fail() had been told.
template <class Call>
auto PluginHost::guarded(Call&& call, decltype(call()) failed) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    reason_ = std::current_exception();
    return failed;
  }
}

PluginHost::PluginHost(const char* name, const base::Log& log, PluginFrames& frames)
    : name_(name), log_(log), frames_(frames) {
  view_.size = sizeof view_;
  view_.context = this;
  view_.log = [](void* context, int32_t level, const char* text) {
    of(context).log(level, text);
  };
  view_.fail = [](void* context, const char* reason) {
    PluginHost& host = of(context);
    host.guarded(
        [&] {
          if (reason != nullptr && *reason != '\0') {
            host.reason_ = std::make_exception_ptr(std::runtime_error(reason));
          }
          return 0;
        },
        0);
  };
  set_frame_functions();
}

void PluginHost::set_frame_functions() {
  view_.create = [](void* context,
                    const s3reel_frame* like,
                    const char* format,
                    int32_t width,
                    int32_t height) {
    PluginHost& host = of(context);
    return host.guarded(
        [&]() -> s3reel_frame* {
          const Frame model = wrap(host.frames_.at(like).share());
          return host.frames_.give(
              unwrap(model.like({.format = text_of(format), .width = width, .height = height})));
        },
        nullptr);
  };
  view_.keep = [](void* context, s3reel_frame* frame) {
    PluginHost& host = of(context);
    return host.guarded(
        [&]() -> s3reel_frame* {
          PluginFrame& original = host.frames_.at(frame);
          s3reel_frame* const kept = host.frames_.give(original.share());
          original.show_shared();
          return kept;
        },
        nullptr);
  };
  view_.make_writable = [](void* context, s3reel_frame* frame) {
    PluginHost& host = of(context);
    return host.guarded(
        [&] {
          host.frames_.at(frame).make_writable();
          return 0;
        },
        1);
  };
  view_.emit = [](void* context, s3reel_frame* frame) {
    return of(context).emit(frame);
  };
  view_.release = [](void* context, s3reel_frame* frame) {
    of(context).release(frame);
  };
}

std::int32_t PluginHost::emit(s3reel_frame* frame) noexcept {
  const std::int32_t code = guarded(
      [&] {
        media::FramePtr taken = frames_.take(frame);
        if (emit_ == nullptr) {
          throw std::logic_error("it hands on a frame outside of push() and flush()");
        }
        (*emit_)(wrap(std::move(taken)));
        return 0;
      },
      1);
  if (code != 0 && !broken_) {
    broken_ = reason_;
  }
  return code;
}

// Like release(), touches nothing of the call: this host may be in one of another thread, or in
// none.
void PluginHost::log(std::int32_t level, const char* text) const noexcept {
  try {
    log_.write(log_level(level), text_of(text));
  } catch (const std::bad_alloc&) {
    return;  // a word of the plugin's is not worth more
  }
}

void PluginHost::release(const s3reel_frame* frame) const noexcept {
  try {
    frames_.release(frame);
  } catch (const std::invalid_argument& error) {
    const std::string words = fmt::format("plugin {} released nothing: {}", name_, error.what());
    log(2, words.c_str());
  }
}

void PluginHost::set_emit(const Op::Emit* emit) {
  emit_ = emit;
  reason_ = nullptr;
  broken_ = nullptr;
}

void PluginHost::call(const char* name, const Function& function) {
  const std::int32_t code = function(&view_);
  if (broken_) {
    std::rethrow_exception(broken_);
  }
  if (code == 0) {
    return;
  }
  if (reason_) {
    std::rethrow_exception(reason_);
  }
  throw std::runtime_error(fmt::format("its {} returned {} and did not say why", name, code));
}

/// A host for one call. Given back whatever becomes of that, and refuses frames from then on.
class PluginHosts::Turn {
 public:
  Turn(PluginHosts& hosts, const Op::Emit* emit) : hosts_(hosts), host_(hosts.borrow()) {
    host_.set_emit(emit);
  }

  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  ~Turn() {
    host_.set_emit(nullptr);
    hosts_.give_back(host_);
  }

  [[nodiscard]] PluginHost& host() const { return host_; }

 private:
  PluginHosts& hosts_;
  PluginHost& host_;
};

PluginHost& PluginHosts::borrow() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) {
    idle_.reserve(all_.size() + 1);
    all_.push_back(std::make_unique<PluginHost>(name_, log_, frames_));
    return *all_.back();
  }
  PluginHost& host = *idle_.back();
  idle_.pop_back();
  return host;
}

void PluginHosts::give_back(PluginHost& host) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(&host);
}

void PluginHosts::call(
    const char* name, const Op::Emit* emit, const PluginHost::Function& function) {
  const Turn turn(*this, emit);
  turn.host().call(name, function);
}

}  // namespace s3reel::ops
