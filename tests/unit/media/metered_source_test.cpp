#include "media/metered_source.h"

#include <array>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/avio_input.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::media {
namespace {

using test::Bytes;

std::string refusal(io::ByteSource& source, std::uint64_t offset, std::size_t length) {
  Bytes out(length);
  try {
    source.read_at(offset, out);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
    return error.info().reason;
  }
}

TEST(MeteredSource, OpeningTakesNoMoreThanItMay) {
  io::MemorySource memory("memory", std::make_shared<Bytes>(1'000));
  MeteredSource source(memory, 300);
  EXPECT_EQ(refusal(source, 500, 200), "");
  EXPECT_EQ(refusal(source, 0, 100), "");
  EXPECT_THAT(refusal(source, 0, 1), testing::HasSubstr("too much of it has to be read"));
}

TEST(MeteredSource, AfterOpeningAllMayBeRead) {
  io::MemorySource memory("memory", std::make_shared<Bytes>(1'000));
  MeteredSource source(memory, 300);
  source.end_opening();
  EXPECT_EQ(refusal(source, 0, 1'000), "");
}

// Ahead of libavformat, which asks for one buffer of it, the guard looks through all of the box.
TEST(MeteredSource, WhatTheGuardReadsCountsAsWell) {
  const Bytes file = test::box("moov", test::box("meta", Bytes(200'000)));
  io::MemorySource memory("memory", std::make_shared<Bytes>(file));
  AvioInput input(memory, 100'000);
  input.guard_index(UINT64_MAX);
  std::array<unsigned char, 16> head{};
  EXPECT_LT(avio_read(input.context(), head.data(), static_cast<int>(head.size())), 0);
  EXPECT_THROW(input.rethrow_pending(), Error);
}

}  // namespace
}  // namespace s3reel::media
