#include "lifetime.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <cxxabi.h>

namespace nb = nanobind;

namespace s3reel::python {
namespace {

// For callables that are in the midst of a frame, and uploads that are being removed.
constexpr std::chrono::seconds kPatience(5);
constexpr std::chrono::milliseconds kLook(5);

/// Guarded by the GIL.
struct UnderWay {
  const Birthplace made{};
  std::list<std::stop_source> calls;
  std::vector<std::weak_ptr<Ending>> open;
  bool closing = false;
};

/// A child begins anew: its parent's calls are none of its own.
UnderWay& under_way() {
  static auto* current = new UnderWay();
  if (!current->made.is_here()) {
    current = new UnderWay();
  }
  return *current;
}

std::atomic<bool> closed = false;
std::atomic<std::thread::id> closer;

bool may_have_gil() {
  return !closed || closer.load() == std::this_thread::get_id();
}

/// Until the process ends, which is soon.
[[noreturn]] void stay() {
  while (true) {
    std::this_thread::sleep_for(std::chrono::hours(1));
  }
}

template <class Ask>
auto or_stay(const Ask& ask) {
  if (!may_have_gil()) {
    stay();
  }
  try {
    return ask();
  } catch (abi::__forced_unwind&) {
    stay();
  }
}

nb::object checked(PyObject* returned) {
  if (returned == nullptr) {
    throw nb::python_error();
  }
  return nb::steal(returned);
}

}  // namespace

void Birthplace::check() const {
  if (!is_here()) {
    throw std::runtime_error("opened before fork; open it in this process");
  }
}

void end_with_interpreter(const std::weak_ptr<Ending>& what) {
  std::vector<std::weak_ptr<Ending>>& open = under_way().open;
  std::erase_if(open, [](const auto& one) { return one.expired(); });
  open.push_back(what);
}

Call::Call() : Call(std::stop_source(std::nostopstate)) {}

Call::Call(std::stop_source stop) {
  UnderWay& mine = under_way();
  if (mine.closing) {
    throw std::runtime_error("the interpreter is shutting down");
  }
  place_ = mine.calls.insert(mine.calls.end(), std::move(stop));
}

Call::~Call() {
  if (made_.is_here()) {
    under_way().calls.erase(place_);
  }
}

bool is_closing() {
  return under_way().closing;
}

void close_module() {
  UnderWay& mine = under_way();
  mine.closing = true;
  std::vector<std::stop_source> calls(mine.calls.begin(), mine.calls.end());
  {
    const GilReleased released;
    for (std::stop_source& call : calls) {
      call.request_stop();
    }
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!mine.calls.empty() && std::chrono::steady_clock::now() < end) {
    const GilReleased released;
    std::this_thread::sleep_for(kLook);
  }
  std::vector<std::shared_ptr<Ending>> open;
  for (const std::weak_ptr<Ending>& one : mine.open) {
    open.push_back(one.lock());
  }
  {
    const GilReleased released;
    for (const std::shared_ptr<Ending>& one : open) {
      if (one) {
        one->end();
      }
    }
  }
  closer = std::this_thread::get_id();
  closed = true;
}

GilReleased::~GilReleased() {
  or_stay([this] {
    PyEval_RestoreThread(state_);
    return true;
  });
}

GilHeld::GilHeld() : state_(or_stay([] { return PyGILState_Ensure(); })) {}

// Nothing that C++ would have to clean up lies between these calls and or_stay().

nb::object call_python(const nb::handle& callable, const nb::handle& argument) {
  return checked(or_stay([&] { return PyObject_CallOneArg(callable.ptr(), argument.ptr()); }));
}

nb::object call_python(const nb::handle& callable) {
  return checked(or_stay([&] { return PyObject_CallNoArgs(callable.ptr()); }));
}

void register_close() {
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&close_module));
}

}  // namespace s3reel::python
