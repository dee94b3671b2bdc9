#pragma once

/// Frame code of one's own: what an op of the chain is, and the frames it gets.
///
/// An op is written once and used from a Job, whoever runs it:
///
///     class Darken final : public s3reel::Op {
///      public:
///       std::string name() const override { return "darken"; }
///
///       s3reel::OpContract contract() const override {
///         return {.temporal = s3reel::Temporal::stateless, .formats = {"gray", "yuv420p"}};
///       }
///
///       void push(s3reel::Frame frame, const Emit& emit) override {
///         const s3reel::WritablePlane luma = frame.writable_plane(0);
///         for (int y = 0; y < luma.rows; ++y) {
///           for (int x = 0; x < luma.row_bytes; ++x) {
///             luma.row(y)[x] /= 2;
///           }
///         }
///         emit(std::move(frame));
///       }
///     };
///
///     job.ops.push_back(s3reel::CustomOp{"darken", [] { return std::make_unique<Darken>(); }});

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace s3reel {

struct Rational {
  int num = 0;
  int den = 1;
};

/// Rows of one plane, as they lie in memory. Valid as long as the frame is.
template <class Byte>
struct BasicPlane {
  Byte* data = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes from one row to the next; may be negative
  int row_bytes = 0;          ///< of these, pixels
  int rows = 0;

  [[nodiscard]] Byte* row(int y) const { return data + y * stride; }
};

using Plane = BasicPlane<const std::uint8_t>;
using WritablePlane = BasicPlane<std::uint8_t>;

/// How samples become colours, in FFmpeg's words ("tv", "bt709"); empty where nobody says.
struct ColorFacts {
  std::string range;
  std::string primaries;
  std::string transfer;
  std::string matrix;
};

/// How the samples of one plane lie.
struct SampleLayout {
  int bytes = 1;       ///< of a sample, in this machine's order: a uint8 or a uint16
  int components = 1;  ///< side by side: 3 for rgb24, 2 for the second plane of nv12
};

/// The outside of a frame.
struct FrameShape {
  std::string format;  ///< FFmpeg's name of the pixel format
  int width = 0;       ///< as stored: a player may turn the picture (rotation)
  int height = 0;

  bool operator==(const FrameShape&) const = default;
};

/// What frames have in common as long as a video does not change.
struct VideoFacts {
  FrameShape shape;
  Rational time_base;
  Rational frame_rate{0, 1};     ///< that frames are meant for; 0/1 where nobody knows
  Rational sample_aspect{0, 1};  ///< of a pixel, width to height; 0/1 where nobody knows
};

struct FrameHandle;  // libavutil's frame

/// One picture with all that is known of it: time, colours, side data. Moves, and shares its pixels
/// with others until somebody asks to write them. Used by one thread at a time.
class Frame {
 public:
  /// Takes ownership. For s3reel itself.
  explicit Frame(FrameHandle* handle) : handle_(handle) {}

  [[nodiscard]] FrameShape shape() const;
  [[nodiscard]] int width() const;
  [[nodiscard]] int height() const;

  /// In units of time_base().
  [[nodiscard]] std::int64_t pts() const;
  void set_pts(std::int64_t pts);
  /// For a frame from elsewhere: ops of a chain leave the time base as it is.
  void set_pts(std::int64_t pts, Rational time_base);
  [[nodiscard]] Rational time_base() const;
  [[nodiscard]] double seconds() const;

  [[nodiscard]] ColorFacts color() const;

  [[nodiscard]] int plane_count() const;

  /// To read. Throws std::out_of_range for a plane that the format does not have.
  [[nodiscard]] Plane plane(int index) const;

  /// To write: copies the pixels first where others share them. Throws std::bad_alloc.
  [[nodiscard]] WritablePlane writable_plane(int index);

  /// None where samples are not a uint8 or uint16 of this machine: bits, indices of a palette,
  /// floats, the other order of bytes. Throws std::out_of_range for a plane that the format does
  /// not have.
  [[nodiscard]] std::optional<SampleLayout> samples(int plane) const;

  /// Another frame of the same pixels and properties.
  [[nodiscard]] Frame share() const;

  /// Its properties alone: a model for like() that keeps no pixels in memory.
  [[nodiscard]] Frame without_pixels() const;

  /// A frame of the same properties with pixels of its own, not set. Colours follow the format: RGB
  /// that becomes YUV keeps its matrix, BT.709 where it has none. Throws std::invalid_argument for
  /// a format that FFmpeg does not know or a size that makes no sense.
  [[nodiscard]] Frame like(const FrameShape& shape) const;

  /// Ownership passes to the caller. For s3reel itself.
  [[nodiscard]] FrameHandle* release() { return handle_.release(); }

  [[nodiscard]] FrameHandle& handle() { return *handle_; }

  [[nodiscard]] const FrameHandle& handle() const { return *handle_; }

 private:
  struct Free {
    void operator()(FrameHandle* handle) const noexcept;
  };

  std::unique_ptr<FrameHandle, Free> handle_;
};

/// Makes frames whose pixels are used again once nobody holds them, for ops that hand on another
/// frame than they got. Frames may outlive it, and any thread may drop them. Used by one thread at
/// a time.
class FramePool {
 public:
  FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool();

  /// As model.like(shape).
  [[nodiscard]] Frame like(const Frame& model, const FrameShape& shape);

 private:
  struct Body;

  std::unique_ptr<Body> body_;
};

/// What an op must know of other frames. It decides what may run in parallel and how far a segment
/// of a longer video must reach beyond its own frames.
enum class Temporal {
  stateless,  ///< each frame alone, in any order
  window,     ///< a frame and some neighbours
  sequential  ///< every frame before it
};

/// What an op promises; the chain holds it to that.
struct OpContract {
  Temporal temporal = Temporal::sequential;
  int before = 0;  ///< frames that a window needs before its own
  int after = 0;   ///< and behind it
  /// Pixel formats it takes, in FFmpeg's names; empty: all. Others are converted in front of it,
  /// with the frame's own matrix and range.
  std::vector<std::string> formats{};
  /// One instance may serve several threads at once. Otherwise each worker has an instance of its
  /// own, and a stateless op is made several times.
  bool thread_safe = false;
  /// It writes into the frame that it gets and hands that on: the chain makes the pixels its own
  /// before.
  bool in_place = false;
  /// It costs next to nothing for each frame, so that handing the frame to another thread is
  /// dearer.
  bool cheap = false;
  bool changes_size = false;
  bool changes_rate = false;  ///< hands on more or fewer frames than it gets, or at other times
  bool changes_format = false;
};

/// One step of the chain. Gets frames in presentation order (a stateless op: any of them) and hands
/// on none, one or more for each. A frame keeps its properties unless changing them is the op's
/// purpose. Used by one thread, unless the contract says otherwise.
class Op {
 public:
  /// Takes over a frame that the op hands on.
  using Emit = std::function<void(Frame)>;

  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op() = default;

  /// For messages: "blur".
  [[nodiscard]] virtual std::string name() const = 0;

  /// The same at every call.
  [[nodiscard]] virtual OpContract contract() const = 0;

  /// What comes out when this goes in; asked before the first frame, of an op that changes
  /// anything of it.
  [[nodiscard]] virtual VideoFacts output(const VideoFacts& input) const { return input; }

  /// Before the first frame, once for each instance: what is known then. Frames may differ.
  virtual void open(const VideoFacts& input) { static_cast<void>(input); }

  /// What it throws is a failure of this frame (Job::on_op_error). `emit` is valid during the call.
  virtual void push(Frame frame, const Emit& emit) = 0;

  /// No frame follows.
  virtual void flush(const Emit& emit) { static_cast<void>(emit); }
};

/// Makes one instance. Called before the job begins, once more for each worker, by one thread.
using OpFactory = std::function<std::unique_ptr<Op>()>;

}  // namespace s3reel
