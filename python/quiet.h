#pragma once

#include "s3reel/s3reel.h"

namespace s3reel::python {

/// For what says nothing but by its result and its errors. It has no state, and outlives
/// everything.
inline Observer& quiet() {
  static Observer observer;
  return observer;
}

}  // namespace s3reel::python
