#pragma once

#include <list>
#include <memory>
#include <stop_token>
#include <utility>

#include <nanobind/nanobind.h>
#include <unistd.h>

namespace s3reel::python {

/// Which process something was made in. After fork() the child has the memory of its parent, but
/// none of its threads, and locks and files that are the parent's business.
class Birthplace {
 public:
  [[nodiscard]] bool is_here() const { return ::getpid() == process_; }

  /// Throws what Python raises as a RuntimeError.
  void check() const;

 private:
  pid_t process_ = ::getpid();
};

/// Leaks in a child what its parent made: a destructor would wait for threads that are not there,
/// or remove files that the parent still writes.
struct DeleteAtBirthplace {
  Birthplace made{};

  template <class T>
  void operator()(T* object) const {
    if (made.is_here()) {
      delete object;
    }
  }
};

/// Something with threads or an unfinished result, which ends before the interpreter does.
class Ending {
 public:
  Ending() = default;
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  virtual ~Ending() = default;

  /// Called without the GIL once no call should be under way. Does nothing where one still is.
  virtual void end() noexcept = 0;
};

/// Notes what must end. Needs the GIL.
void end_with_interpreter(const std::weak_ptr<Ending>& what);

/// What Python holds of an Ending. Its calls fail in a process that was forked later, where it is
/// leaked.
template <class T>
class Held {
 public:
  explicit Held(std::shared_ptr<T> object) : object_(std::move(object)) {
    end_with_interpreter(object_);
  }

  Held(Held&&) noexcept = default;
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  Held& operator=(Held&&) = delete;

  ~Held() {
    if (!made_.is_here()) {
      static_cast<void>(new std::shared_ptr<T>(std::move(object_)));
    }
  }

  [[nodiscard]] bool is_here() const { return made_.is_here(); }

  T* operator->() const {
    made_.check();
    return object_.get();
  }

 private:
  Birthplace made_;
  std::shared_ptr<T> object_;
};

/// A call of the package that is under way. Needs the GIL from beginning to end.
class Call {
 public:
  /// Throws what Python raises as a RuntimeError once the interpreter is shutting down.
  Call();

  /// One that ends soon after a stop request.
  explicit Call(std::stop_source stop);

  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  /// Throws where fork() came in the midst of it, by a callback, and this is the child.
  void check() const { made_.check(); }

  [[nodiscard]] bool is_here() const { return made_.is_here(); }

 private:
  Birthplace made_;
  std::list<std::stop_source>::iterator place_;
};

/// Whether calls should end.
bool is_closing();

/// Stops the calls that are under way, waits for them a few seconds, and ends what is open. From
/// then on threads that ask for the GIL, but for this one, get no answer.
void close_module();

/// Without the GIL as long as it lives.
///
/// Python ends a thread that wants the GIL while the interpreter is finalizing by unwinding its
/// stack, which ends the process where C++ is on it. Here such a thread stays where it is.
class GilReleased {
 public:
  GilReleased() noexcept : state_(PyEval_SaveThread()) {}

  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;
  ~GilReleased();

 private:
  PyThreadState* state_;
};

/// With the GIL as long as it lives, on any thread; the same holds for its end.
class GilHeld {
 public:
  GilHeld();
  GilHeld(const GilHeld&) = delete;
  GilHeld& operator=(const GilHeld&) = delete;

  ~GilHeld() { PyGILState_Release(state_); }

 private:
  PyGILState_STATE state_;
};

/// Calls a callable of the user with one argument, or none; the same holds while it runs.
nanobind::object call_python(const nanobind::handle& callable, const nanobind::handle& argument);
nanobind::object call_python(const nanobind::handle& callable);

/// Has Python call close_module() at its end.
void register_close();

}  // namespace s3reel::python
