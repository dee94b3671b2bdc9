#pragma once

/// s3reel/plugin.h for C++: one class makes a plugin, and what it throws becomes its reason.
///
///     class Darken {
///      public:
///       static constexpr const char* kName = "darken";
///       static constexpr const char* kVersion = "1.0";
///       static constexpr const char* kSummary = "halves the light";
///
///       static s3reel::plugin::Contract contract(const s3reel::plugin::Parameters& parameters);
///
///       explicit Darken(const s3reel::plugin::Parameters& parameters);
///
///       void push(s3reel::plugin::Frame frame, s3reel::plugin::Host& host);
///       void flush(s3reel::plugin::Host& host);
///     };
///
///     S3REEL_PLUGIN(Darken)
///
/// Header only, and of C++17, so that a plugin needs neither s3reel's library nor its compiler.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "s3reel/plugin.h"

namespace s3reel::plugin {

/// What the user wrote behind the colon. Getters throw std::invalid_argument with a sentence.
class Parameters {
 public:
  Parameters(const s3reel_parameter* const* list, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      values_[list[i]->name] = list[i]->value;
    }
  }

  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback) const {
    const auto found = values_.find(name);
    return found == values_.end() ? fallback : found->second;
  }

  [[nodiscard]] double number(const std::string& name, double fallback) const {
    const auto found = values_.find(name);
    if (found == values_.end()) {
      return fallback;
    }
    std::size_t used = 0;
    double value = 0.0;
    try {
      value = std::stod(found->second, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != found->second.size()) {
      throw std::invalid_argument(name + "=" + found->second + " is not a number");
    }
    return value;
  }

  /// Throws for a parameter that is not one of these.
  void allow(const std::vector<std::string>& names) const {
    for (const auto& [name, value] : values_) {
      bool known = false;
      for (const std::string& one : names) {
        known = known || one == name;
      }
      if (!known) {
        throw std::invalid_argument("there is no parameter '" + name + "'");
      }
    }
  }

 private:
  std::map<std::string, std::string> values_;
};

/// s3reel_contract with formats that live as long as it. All false: sequential, changes nothing.
struct Contract {
  s3reel_temporal temporal = S3REEL_SEQUENTIAL;
  int before = 0;
  int after = 0;
  bool thread_safe = false;
  bool in_place = false;
  bool changes_size = false;
  bool changes_rate = false;
  bool changes_format = false;
  std::vector<const char*> formats{};  ///< literals; empty: all
};

/// s3reel refused a frame, and knows why: a plugin that lets this pass adds nothing to it.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Host;

/// One picture. Moves; ends with the object unless the host took it. One that is kept may live as
/// long as the plugin's object, and end in its destructor.
class Frame {
 public:
  Frame(const s3reel_host* host, s3reel_frame* frame, bool owned)
      : frame_(frame, Release{owned ? host : nullptr}) {}

  [[nodiscard]] int width() const { return frame_->width; }

  [[nodiscard]] int height() const { return frame_->height; }

  [[nodiscard]] const char* format() const { return frame_->format; }

  [[nodiscard]] std::int64_t pts() const { return frame_->pts; }

  void set_pts(std::int64_t pts) { frame_->pts = pts; }

  [[nodiscard]] double seconds() const {
    return static_cast<double>(frame_->pts) * frame_->time_base_num / frame_->time_base_den;
  }

  [[nodiscard]] const std::uint8_t* row(int plane, int y) const {
    return frame_->data[plane] + y * frame_->stride[plane];
  }

  /// Of a frame with pixels of its own: a created one, one after Host::make_writable(), or the one
  /// that push() got where the contract says in_place. Host::keep() makes two frames share them.
  /// Throws std::logic_error where they are shared.
  [[nodiscard]] std::uint8_t* writable_row(int plane, int y) {
    if (frame_->writable == 0) {
      throw std::logic_error("it writes pixels that others share, without make_writable()");
    }
    return frame_->data[plane] + y * frame_->stride[plane];
  }

  [[nodiscard]] const s3reel_frame& raw() const { return *frame_; }

 private:
  friend class Host;

  struct Release {
    const s3reel_host* host;

    void operator()(s3reel_frame* frame) const {
      if (host != nullptr) {
        host->release(host->context, frame);
      }
    }
  };

  std::unique_ptr<s3reel_frame, Release> frame_;
};

/// What s3reel offers during a call. Its members throw Refused where s3reel does; a plugin may bear
/// that, but not of emit().
class Host {
 public:
  explicit Host(const s3reel_host* host) : host_(host) {}

  void log(int level, const std::string& text) { host_->log(host_->context, level, text.c_str()); }

  /// A frame of the same properties with pixels of its own, not set.
  Frame create(const Frame& like, const char* format, int width, int height) {
    return owned(host_->create(host_->context, like.frame_.get(), format, width, height));
  }

  /// The same picture, for longer than this call. Neither frame may be written from now on without
  /// make_writable().
  Frame keep(Frame& frame) { return owned(host_->keep(host_->context, frame.frame_.get())); }

  void make_writable(Frame& frame) {
    check(host_->make_writable(host_->context, frame.frame_.get()));
  }

  void emit(Frame frame) { check(host_->emit(host_->context, frame.frame_.release())); }

 private:
  Frame owned(s3reel_frame* frame) {
    if (frame == nullptr) {
      throw Refused("s3reel has no frame for this");
    }
    return Frame(host_, frame, true);
  }

  static void check(std::int32_t code) {
    if (code != 0) {
      throw Refused("s3reel did not take the frame");
    }
  }

  const s3reel_host* host_;
};

/// The C functions around one class.
template <class Op>
struct Adapter {
  template <class Call>
  static std::int32_t guarded(const s3reel_host* host, Call&& call) noexcept {
    try {
      std::forward<Call>(call)();
      return 0;
    } catch (const Refused&) {  // fail() has been told why, in better words
      return 1;
    } catch (const std::exception& error) {
      host->fail(host->context, error.what());
    } catch (...) {
      host->fail(host->context, "an exception of an unknown kind");
    }
    return 1;
  }

  static std::int32_t describe(
      const s3reel_host* host,
      const s3reel_parameter* const* parameters,
      std::size_t count,
      s3reel_contract* contract) noexcept {
    return guarded(host, [&] {
      static thread_local std::vector<const char*> formats;
      const Contract stated = Op::contract(Parameters(parameters, count));
      formats = stated.formats;
      formats.push_back(nullptr);
      contract->temporal = stated.temporal;
      contract->before = stated.before;
      contract->after = stated.after;
      contract->thread_safe = stated.thread_safe;
      contract->in_place = stated.in_place;
      contract->changes_size = stated.changes_size;
      contract->changes_rate = stated.changes_rate;
      contract->changes_format = stated.changes_format;
      contract->formats = stated.formats.empty() ? nullptr : formats.data();
    });
  }

  static std::int32_t open(
      const s3reel_host* host,
      const s3reel_parameter* const* parameters,
      std::size_t count,
      void** instance) noexcept {
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): guarded() catches it
    return guarded(host, [&] { *instance = new Op(Parameters(parameters, count)); });
  }

  static std::int32_t push(void* instance, const s3reel_host* host, s3reel_frame* frame) noexcept {
    return guarded(host, [&] {
      Host out(host);
      static_cast<Op*>(instance)->push(Frame(host, frame, false), out);
    });
  }

  static std::int32_t flush(void* instance, const s3reel_host* host) noexcept {
    return guarded(host, [&] {
      Host out(host);
      static_cast<Op*>(instance)->flush(out);
    });
  }

  static void close(void* instance) noexcept { delete static_cast<Op*>(instance); }

  static const s3reel_plugin* entry() noexcept {
    static const s3reel_plugin plugin{
        sizeof(s3reel_plugin),
        S3REEL_PLUGIN_ABI,
        Op::kName,
        Op::kVersion,
        Op::kSummary,
        describe,
        open,
        push,
        flush,
        close};
    return &plugin;
  }
};

}  // namespace s3reel::plugin

#if defined(__GNUC__)
#define S3REEL_PLUGIN_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define S3REEL_PLUGIN_EXPORT extern "C"
#endif

#define S3REEL_PLUGIN(Class)                                     \
  S3REEL_PLUGIN_EXPORT const s3reel_plugin* s3reel_plugin_entry() { \
    return s3reel::plugin::Adapter<Class>::entry();               \
  }
