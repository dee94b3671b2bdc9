#pragma once

#include <map>
#include <memory>
#include <string>

#include "media/ptr.h"
#include "s3reel/error.h"

namespace s3reel::media {

/// Frames that enter a filter graph beside those of the chain, in order. Used by one thread.
class GraphInput {
 public:
  GraphInput() = default;
  GraphInput(const GraphInput&) = delete;
  GraphInput& operator=(const GraphInput&) = delete;
  virtual ~GraphInput() = default;

  /// One of them, without pixels. All come in its format and size, and with its time base.
  [[nodiscard]] virtual const AVFrame& like() const = 0;

  /// That frames are meant for; 0/1 if unknown.
  [[nodiscard]] virtual AVRational frame_rate() const = 0;

  /// Null: no frame follows. Throws Error.
  virtual FramePtr next() = 0;
};

/// An input failed: its video or its store, and not the op that asked for it.
class GraphInputError final : public Error {
 public:
  using Error::Error;
};

/// By the label of the pad that they enter.
using GraphInputs = std::map<std::string, std::shared_ptr<GraphInput>>;

}  // namespace s3reel::media
