// A plugin in C++ that throws where its parameter says, and is sequential otherwise.

#include <stdexcept>
#include <string>
#include <utility>

#include <s3reel/plugin.hpp>

namespace {

using s3reel::plugin::Contract;
using s3reel::plugin::Frame;
using s3reel::plugin::Host;
using s3reel::plugin::Parameters;

void maybe_throw(const Parameters& parameters, const std::string& here) {
  if (parameters.text("where", "") != here) {
    return;
  }
  if (parameters.text("what", "words") == "number") {
    throw 7;
  }
  throw std::domain_error("no light in " + here);
}

class Thrower {
 public:
  static constexpr const char* kName = "thrower";
  static constexpr const char* kVersion = "1.0";
  static constexpr const char* kSummary = "throws";

  static Contract contract(const Parameters& parameters) {
    maybe_throw(parameters, "contract");
    Contract contract;
    if (parameters.text("where", "") == "twice") {
      contract.temporal = S3REEL_STATELESS;
    }
    return contract;
  }

  explicit Thrower(const Parameters& parameters) : parameters_(parameters) {
    maybe_throw(parameters, "constructor");
  }

  void push(Frame frame, Host& host) {
    if (frame.seconds() > 0.25) {
      maybe_throw(parameters_, "push");
    }
    if (parameters_.text("where", "") == "twice") {
      host.emit(host.keep(frame));
    }
    host.emit(std::move(frame));
  }

  void flush(Host&) { maybe_throw(parameters_, "flush"); }

 private:
  Parameters parameters_;
};

}  // namespace

S3REEL_PLUGIN(Thrower)
