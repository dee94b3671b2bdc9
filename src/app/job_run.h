#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "app/media_session.h"
#include "app/memory_shares.h"
#include "app/observer_gate.h"
#include "app/stores.h"
#include "base/clock.h"
#include "ops/chain.h"
#include "pipeline/transcode.h"

namespace s3reel::app {

/// A picture that is not the source's.
struct Fed {
  pipeline::FrameQueue& frames;
  media::PictureSize size{};  ///< of all of them
};

/// One job from its options to the published result. `job`, `gate` and what is fed must outlive it.
class JobRun {
 public:
  /// Opens the source. `stop_source` ends the job, `stop` is whoever runs it. `fed` null: the
  /// picture is the source's.
  JobRun(
      const Job& job,
      ObserverGate& gate,
      std::stop_source stop_source,
      std::stop_token stop,
      const Fed* fed = nullptr);

  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;
  ~JobRun() = default;

  /// What enters the chain, as far as it is known before it does.
  [[nodiscard]] media::Picture picture() const { return session_.picture(); }

  /// At most once. Blocks until the result is published; throws as process() does.
  Report execute();

 private:
  [[nodiscard]] io::WriteOptions write_options() const;
  [[nodiscard]] pipeline::Outcome transcode(io::ObjectWriter& writer);
  void check_result(const io::ObjectWriter& writer);
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] double elapsed() const;
  void finish_report(const io::PublishedObject& published);
  void add_streams();
  void add_stages();
  void add_traffic();

  const Job& job_;
  ObserverGate& gate_;
  const base::Log log_;
  base::SystemClock clock_;
  const base::Clock::Steady started_ = clock_.now();
  const std::stop_token stop_;
  std::stop_source stop_source_;
  pipeline::FrameQueue* const feed_;
  const std::uint64_t budget_;
  ops::Chain chain_;  // before the source is opened: wrong ops are found soon
  MediaSession session_;
  const MemoryShares shares_;
  LocationStore destination_;
  pipeline::Counters counters_;
  pipeline::Outcome outcome_;
  std::atomic<bool> publishing_{false};
  Report report_;
};

}  // namespace s3reel::app
