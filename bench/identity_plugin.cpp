// A plugin that hands every frame on: what is left is the cost of the way through the plugin's
// door.

#include <utility>

#include <s3reel/plugin.hpp>

namespace {

using s3reel::plugin::Contract;
using s3reel::plugin::Frame;
using s3reel::plugin::Host;
using s3reel::plugin::Parameters;

class Identity {
 public:
  static constexpr const char* kName = "identity";
  static constexpr const char* kVersion = "1.0";
  static constexpr const char* kSummary = "hands every frame on";

  static Contract contract(const Parameters& parameters) {
    parameters.allow({});
    Contract contract;
    contract.temporal = S3REEL_STATELESS;
    return contract;
  }

  explicit Identity(const Parameters&) {}

  void push(Frame frame, Host& host) { host.emit(std::move(frame)); }

  void flush(Host&) {}
};

}  // namespace

S3REEL_PLUGIN(Identity)
