#pragma once

#include <nanobind/nanobind.h>

#include "lifetime.h"
#include "s3reel/op.h"

namespace s3reel::python {

/// A frame in Python's hands. Its arrays are views of the frame's own pixels and keep this object,
/// and with it the frame, alive. Needs the GIL.
///
/// Pixels that an array may write are nobody else's from the first such array on, and are copied
/// for whoever wants the frame then: to make them the frame's own a second time would move them
/// away from under that array.
class FrameView {
 public:
  enum class Access { read, write };

  FrameView(Frame frame, Access access) : frame_(std::move(frame)), access_(access) {}

  FrameView(FrameView&&) = default;
  FrameView(const FrameView&) = delete;
  FrameView& operator=(const FrameView&) = delete;
  FrameView& operator=(FrameView&&) = delete;
  ~FrameView();

  [[nodiscard]] Frame& frame() { return frame_; }

  [[nodiscard]] const Frame& frame() const { return frame_; }

  [[nodiscard]] bool is_writable() const { return access_ == Access::write; }

  [[nodiscard]] WritablePlane writable_plane(int index);

  /// The frame for others, with pixels that nothing in Python changes. Throws std::bad_alloc.
  [[nodiscard]] Frame share() const;

 private:
  Birthplace made_;
  Frame frame_;
  Access access_;
  bool was_written_ = false;  ///< or may have been
};

/// A numpy array of one plane: (rows, columns) of its samples, or (rows, columns, n) where n
/// components lie side by side; read-only unless the view may write. `self` is the Python object of
/// `view`.
nanobind::object plane_array(FrameView& view, const nanobind::handle& self, int plane);

/// The frame behind a Python object of ours, with pixels that nothing in Python can change any
/// more: itself where nobody else has the object, FrameView::share() otherwise. Needs the GIL.
Frame take_frame(nanobind::object object);

/// A frame of rgb24 like `model` with the pixels of an array (height, width, 3) of uint8. Throws
/// nanobind::type_error in words for anything else.
Frame frame_of_array(const nanobind::handle& array, const Frame& model, FramePool& pool);

void bind_frames(nanobind::module_& module);

}  // namespace s3reel::python
