#pragma once

/// A real HTTP/1.1 server on loopback whose every answer is written by the test.

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace s3reel::test {

/// One request as it arrived.
struct Received {
  int connection = 0;  ///< counted from 1 in the order they were opened
  std::string head;    ///< request line and headers
  std::string body;
};

/// What the server does after a request.
struct Reply {
  std::string bytes;  ///< written as they are
  enum class Then {
    keep,   ///< wait for the next request
    close,  ///< hang up
    hang    ///< write nothing more until the server ends
  } then = Then::keep;
};

/// "HTTP/1.1 200 OK" with a Content-Length and `body`.
std::string ok(const std::string& body, const std::string& headers = "");

/// Serves any number of connections, a thread each, until it is destroyed.
class LoopbackServer {
 public:
  using Handler = std::function<Reply(const Received&)>;

  explicit LoopbackServer(Handler handler);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  [[nodiscard]] std::string url(
      const std::string& path, const std::string& host = "127.0.0.1") const;

  [[nodiscard]] std::vector<Received> received() const;

 private:
  void accept_loop(const std::stop_token& stop);
  void serve(int socket, int number);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<Received> received_;
  std::vector<int> sockets_;
  std::vector<std::jthread> workers_;

  std::jthread acceptor_;
};

/// A port of 127.0.0.1 on which nothing listens.
int closed_port();

}  // namespace s3reel::test
