#include "python_op.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "frame_view.h"
#include "lifetime.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

/// Ends with the GIL, whichever thread lets go of it last.
std::shared_ptr<nb::object> shared(nb::object object) {
  auto end = [](nb::object* held) {
    const GilHeld gil;
    delete held;
  };
  return std::shared_ptr<nb::object>(new nb::object(std::move(object)), end);
}

OpContract contract_of(const nb::handle& op) {
  const auto flag = [&op](const char* name) {
    return nb::cast<bool>(op.attr(name));
  };
  OpContract contract{
      .formats = nb::cast<std::vector<std::string>>(op.attr("formats")),
      .thread_safe = true,
      .in_place = flag("arrays") || flag("inplace"),
      .changes_size = flag("changes_size"),
      .changes_rate = flag("changes_rate"),
      .changes_format = flag("changes_format")};
  const nb::object given = op.attr("contract");
  if (!nb::isinstance<nb::str>(given)) {
    contract.temporal = Temporal::window;
    contract.before = nb::cast<int>(given.attr("before"));
    contract.after = nb::cast<int>(given.attr("after"));
  } else if (utf8(given) == "stateless") {
    contract.temporal = Temporal::stateless;
  }
  return contract;
}

class PythonOp final : public Op {
 public:
  PythonOp(std::shared_ptr<nb::object> op, std::shared_ptr<Raised> raised)
      : op_(std::move(op)),
        raised_(std::move(raised)),
        name_(utf8(op_->attr("name"))),
        contract_(contract_of(*op_)),
        arrays_(nb::cast<bool>(op_->attr("arrays"))),
        inplace_(nb::cast<bool>(op_->attr("inplace"))),
        delays_(contract_.temporal == Temporal::window && !contract_.changes_rate) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] OpContract contract() const override { return contract_; }

  // Frames are handed on without the GIL: whoever takes them may wait.
  void push(Frame frame, const Emit& emit) override {
    hand_on(with_gil([&] { return call(std::move(frame)); }), emit);
  }

  void flush(const Emit& emit) override {
    hand_on(with_gil([&] { return call_flush(); }), emit);
  }

 private:
  using Frames = std::vector<Frame>;

  static void hand_on(Frames frames, const Emit& emit) {
    for (Frame& one : frames) {
      emit(std::move(one));
    }
  }

  template <class Call>
  Frames with_gil(Call&& call) {
    const GilHeld gil;
    try {
      return std::forward<Call>(call)();
    } catch (nb::python_error& error) {
      throw std::runtime_error(raised_->note(error));
    } catch (const nb::builtin_exception& error) {
      throw std::runtime_error(error.what());
    }
  }

  Frames call(Frame frame) {
    last_ = frame.without_pixels();
    const Frame model = frame.without_pixels();
    if (!delays_) {
      return answer(std::move(frame), model);
    }
    owed_.push_back(frame.without_pixels());
    try {
      Frames all = answer(std::move(frame), model);
      settle(all.size());
      return all;
    } catch (...) {
      owed_.pop_back();  // what becomes of the frame is not this op's business any more
      throw;
    }
  }

  Frames answer(Frame frame, const Frame& model) {
    const auto access = contract_.in_place ? FrameView::Access::write : FrameView::Access::read;
    nb::object view = nb::cast(FrameView(std::move(frame), access));
    nb::object given = arrays_ ? plane_array(nb::cast<FrameView&>(view), view, 0) : view;
    nb::object returned = call_python(nb::object(op_->attr("function")), given);
    const bool same = returned.is(given) || (returned.is_none() && inplace_);
    if (same && arrays_ && owed_.size() > 1) {  // it is the picture of another frame
      return frames_of(given, model);
    }
    if (!same && arrays_) {
      given.reset();
      return frames_of(returned, model);
    }
    given.reset();
    if (same) {
      returned.reset();
      Frames one;
      one.push_back(take_frame(std::move(view)));
      return one;
    }
    view.reset();
    return frames_of(returned, model);
  }

  Frames call_flush() {
    const nb::object flush = nb::getattr(op_->attr("function"), "flush", nb::none());
    if (flush.is_none() || !last_) {
      return {};
    }
    nb::object returned = call_python(flush);
    return returned.is_none() ? Frames() : frames_of(returned, *last_);
  }

  /// After a call that returned so many frames.
  void settle(std::size_t frames) {
    const auto paid = static_cast<std::ptrdiff_t>(std::min(frames, owed_.size()));
    owed_.erase(owed_.begin(), owed_.begin() + paid);
  }

  /// What a callable returned: a frame or an array, a list of them, or None for none at all.
  Frames frames_of(nb::object& returned, const Frame& model) {
    Frames all;
    if (returned.is_none()) {
      check_none();
      return all;
    }
    if (nb::isinstance<nb::list>(returned) || nb::isinstance<nb::tuple>(returned)) {
      nb::list items(returned);
      returned.reset();
      while (nb::len(items) > 0) {
        nb::object one = items.attr("pop")(0);
        all.push_back(frame_of(std::move(one), model_of(all.size(), model)));
      }
      return all;
    }
    all.push_back(frame_of(std::move(returned), model_of(0, model)));
    return all;
  }

  void check_none() const {
    if (contract_.changes_rate) {
      return;
    }
    if (!delays_ || contract_.after == 0) {
      throw std::runtime_error(
          "it returned None; return the frame, or declare inplace=True or changes_rate=True");
    }
    if (owed_.size() > static_cast<std::size_t>(contract_.after)) {
      throw std::runtime_error(fmt::format(
          "it returned None and owes {} frames; Window(before={}, after={}) lets it hold back {}",
          owed_.size(),
          contract_.before,
          contract_.after,
          contract_.after));
    }
  }

  Frame frame_of(nb::object one, const Frame& model) {
    return nb::isinstance<FrameView>(one) ? take_frame(std::move(one))
                                          : frame_of_array(one, model, pool_);
  }

  /// Of which frame an array is the picture: the `index`th that one call returned.
  [[nodiscard]] const Frame& model_of(std::size_t index, const Frame& current) const {
    if (!delays_) {
      return current;
    }
    if (index >= owed_.size()) {
      throw std::runtime_error(
          "it returned more frames than it got, and does not declare changes_rate");
    }
    return owed_[index];
  }

  const std::shared_ptr<nb::object> op_;
  const std::shared_ptr<Raised> raised_;
  const std::string name_;
  const OpContract contract_;
  const bool arrays_;   ///< the callable gets one array, not a Frame
  const bool inplace_;  ///< None stands for the frame as it was changed
  /// It hands on as many frames as it gets, in their order, but some of them later.
  const bool delays_;
  std::optional<Frame> last_;  ///< without pixels; guarded by the GIL
  /// Those that came in and for which nothing went out, without pixels; only of one that delays_.
  std::deque<Frame> owed_;
  FramePool pool_;  ///< guarded by the GIL
};

}  // namespace

OpFactory python_op(nb::object op, std::shared_ptr<Raised> raised) {
  return [op = shared(std::move(op)), raised = std::move(raised)] {
    const GilHeld gil;
    return std::make_unique<PythonOp>(op, raised);
  };
}

}  // namespace s3reel::python
