#pragma once

#include <functional>
#include <optional>

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// What Python raised while it waited for work of ours: a signal's handler, as that of Ctrl-C does,
/// or a callback. The first one counts. Needs the GIL.
class Interruption {
 public:
  /// Calls `look` unless something was raised already.
  void look(const std::function<void()>& look);

  /// Calls it in any case.
  void look_always(const std::function<void()>& look);

  /// The same for the handlers of signals that came.
  void look_at_signals();

  [[nodiscard]] bool came() const { return raised_.has_value(); }

  /// Instead of the work's result.
  void raise_now();

  /// Behind the work's result or failure, which is not to be lost. What a handler raised comes up
  /// in the code that called this package, once it has what it called for; what a callback raised
  /// goes to sys.unraisablehook.
  void raise_behind() noexcept;

 private:
  std::optional<nanobind::python_error> raised_;
  bool by_signal_ = false;
};

}  // namespace s3reel::python
