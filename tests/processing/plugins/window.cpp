// A plugin in C++ that keeps the last frames, and treats them as its parameter says.

#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include <s3reel/plugin.hpp>

namespace {

using s3reel::plugin::Contract;
using s3reel::plugin::Frame;
using s3reel::plugin::Host;
using s3reel::plugin::Parameters;
using s3reel::plugin::Refused;

class Window {
 public:
  static constexpr const char* kName = "window";
  static constexpr const char* kVersion = "1.0";
  static constexpr const char* kSummary = "keeps the last frames";

  static Contract contract(const Parameters& parameters) {
    parameters.allow({"do"});
    Contract contract;
    contract.temporal = S3REEL_WINDOW;
    contract.before = 2;
    contract.in_place = true;
    return contract;
  }

  explicit Window(const Parameters& parameters) : what_(parameters.text("do", "")) {}

  void push(Frame frame, Host& host) {
    host.log(0, "a frame came");
    kept_.push_back(host.keep(frame));
    if (kept_.size() > 2) {
      kept_.pop_front();
    }
    if (what_ == "write" || what_ == "own") {
      if (what_ == "own") {
        host.make_writable(frame);
      }
      std::memset(frame.writable_row(0, 0), 16, static_cast<std::size_t>(frame.width()));
    }
    if (what_ == "bear" || what_ == "refused") {
      try {
        kept_.push_back(host.create(frame, "nosuchformat", 64, 48));
      } catch (const Refused&) {
        if (what_ == "refused") {
          throw;
        }
      }
    }
    if (what_ == "moved") {
      const Frame elsewhere = std::move(frame);
      // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): wrong on purpose
      host.emit(std::move(frame));
      return;
    }
    host.emit(std::move(frame));
  }

  void flush(Host&) {}

 private:
  std::string what_;
  std::deque<Frame> kept_;
};

}  // namespace

S3REEL_PLUGIN(Window)
