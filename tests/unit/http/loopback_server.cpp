#include "unit/http/loopback_server.h"

#include <array>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace s3reel::test {
namespace {

struct Bound {
  int socket;
  int port;
};

Bound bind_loopback() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, size) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("no loopback port");
  }
  return {listener, ntohs(address.sin_port)};
}

std::size_t content_length(const std::string& head) {
  const std::string name = "Content-Length: ";
  const auto at = head.find(name);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

void write_all(int socket, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto sent = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) {
      return;
    }
    done += static_cast<std::size_t>(sent);
  }
}

}  // namespace

std::string ok(const std::string& body, const std::string& headers) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

int closed_port() {
  const auto bound = bind_loopback();
  ::close(bound.socket);
  return bound.port;
}

LoopbackServer::LoopbackServer(Handler handler) : handler_(std::move(handler)) {
  const auto bound = bind_loopback();
  listener_ = bound.socket;
  port_ = bound.port;
  if (::listen(listener_, SOMAXCONN) != 0) {
    throw std::runtime_error("cannot listen");
  }
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_loop(stop); });
}

LoopbackServer::~LoopbackServer() {
  acceptor_.request_stop();
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
  acceptor_.join();
  ::close(listener_);
  {
    const std::scoped_lock lock(mutex_);
    for (const int socket : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  workers_.clear();  // joins
  for (const int socket : sockets_) {
    ::close(socket);
  }
}

std::string LoopbackServer::url(const std::string& path, const std::string& host) const {
  return "http://" + host + ":" + std::to_string(port_) + path;
}

std::vector<Received> LoopbackServer::received() const {
  const std::scoped_lock lock(mutex_);
  return received_;
}

void LoopbackServer::accept_loop(const std::stop_token& stop) {
  for (int number = 1; !stop.stop_requested(); ++number) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    const std::scoped_lock lock(mutex_);
    sockets_.push_back(socket);
    workers_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void LoopbackServer::serve(int socket, int number) {
  std::string pending;
  std::array<char, 65'536> buffer{};
  const auto read_more = [&] {
    const auto count = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      pending.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
  };
  while (true) {
    std::size_t head_end = std::string::npos;
    while ((head_end = pending.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) {
        return;
      }
    }
    Received request{.connection = number, .head = pending.substr(0, head_end + 4), .body = {}};
    const std::size_t length = content_length(request.head);
    while (pending.size() < request.head.size() + length) {
      if (!read_more()) {
        return;
      }
    }
    request.body = pending.substr(request.head.size(), length);
    pending.erase(0, request.head.size() + length);
    {
      const std::scoped_lock lock(mutex_);
      received_.push_back(request);
    }
    const Reply reply = handler_(request);
    write_all(socket, reply.bytes);
    if (reply.then == Reply::Then::close) {
      ::shutdown(socket, SHUT_RDWR);
      return;
    }
    if (reply.then == Reply::Then::hang) {
      while (read_more()) {
      }
      return;
    }
  }
}

}  // namespace s3reel::test
