#include "io/pipe_writer.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "io/file_handle.h"
#include "support/bytes.h"

namespace s3reel::io {
namespace {

using test::pattern_bytes;
using test::to_bytes;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    read = FileHandle(ends[0]);
    write = FileHandle(ends[1]);
  }

  FileHandle read;
  FileHandle write;
  ByteCounts counts;
};

std::vector<std::byte> drain(int fd) {
  std::vector<std::byte> all;
  std::array<std::byte, 10'000> piece{};
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count <= 0) {
      return all;
    }
    all.insert(all.end(), piece.begin(), piece.begin() + count);
  }
}

TEST(PipeWriter, PassesBytesThroughInOrder) {
  Pipe pipe;
  const auto payload = pattern_bytes(1'000'000);
  std::vector<std::byte> received;
  {
    std::jthread reader([&] { received = drain(pipe.read.get()); });
    PipeWriter writer(pipe.write.get(), "standard output", pipe.counts, {});
    writer.append(std::span(payload).first(17));
    writer.append(std::span(payload).subspan(17));
    EXPECT_EQ(writer.publish().size, payload.size());
    ASSERT_TRUE(pipe.write.close());
  }
  EXPECT_EQ(received, payload);
}

TEST(PipeWriter, ShowsItsBeginningAlthoughThatIsGone) {
  Pipe pipe;
  const auto payload = pattern_bytes(kRetainedHeadBytes + 100'000);
  std::jthread reader([&pipe] { drain(pipe.read.get()); });
  PipeWriter writer(pipe.write.get(), "pipe", pipe.counts, {});
  writer.append(std::span(payload).first(1'000));
  EXPECT_EQ(writer.preview().head.size(), 1'000U);
  writer.append(std::span(payload).subspan(1'000));
  const HeadPreview preview = writer.preview();
  EXPECT_EQ(preview.size, payload.size());
  EXPECT_EQ(pipe.counts.written, payload.size());
  EXPECT_TRUE(std::ranges::equal(preview.head, std::span(payload).first(kRetainedHeadBytes)));
  pipe.write = FileHandle();
}

TEST(PipeWriter, WhatWouldNeedTheHeadIsAUsageError) {
  Pipe pipe;
  PipeWriter writer(pipe.write.get(), "standard output", pipe.counts, {});
  EXPECT_EQ(writer.retained_bytes(), 0U);
  const auto kind = [](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.info().kind;
    }
    return ErrorKind::internal;
  };
  EXPECT_EQ(kind([&] { writer.patch(0, to_bytes("a")); }), ErrorKind::usage);
  EXPECT_EQ(kind([&] { writer.insert(0, to_bytes("a")); }), ErrorKind::usage);
}

TEST(PipeWriter, StopInterruptsAReaderThatDoesNotRead) {
  Pipe pipe;
  std::stop_source stop;
  PipeWriter writer(pipe.write.get(), "standard output", pipe.counts, stop.get_token());
  std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_THROW(writer.append(pattern_bytes(1'000'000)), base::Cancelled);
}

TEST(PipeWriter, AReaderThatLeftIsNamed) {
  struct sigaction ignore {};

  struct sigaction before {};

  ignore.sa_handler = SIG_IGN;
  ASSERT_EQ(::sigaction(SIGPIPE, &ignore, &before), 0);
  Pipe pipe;
  ASSERT_TRUE(pipe.read.close());
  PipeWriter writer(pipe.write.get(), "standard output", pipe.counts, {});
  EXPECT_THROW(writer.append(to_bytes("abc")), Error);
  writer.discard();
  EXPECT_THROW(writer.publish(), Error);
  ASSERT_EQ(::sigaction(SIGPIPE, &before, nullptr), 0);
}

}  // namespace
}  // namespace s3reel::io
