#include "io/memory_store.h"

#include <array>

#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "support/bytes.h"

namespace s3reel::io {
namespace {

using test::pattern_bytes;
using test::to_bytes;

TEST(MemoryStore, WhatIsPublishedCanBeRead) {
  MemoryStore store;
  const auto payload = pattern_bytes(kRetainedHeadBytes + 1'000);
  const auto writer = store.create("memory/a", {}, {});
  writer->append(payload);
  writer->patch(1, to_bytes("##"));
  writer->insert(1, to_bytes("index"));
  EXPECT_FALSE(store.find("memory/a"));
  EXPECT_EQ(writer->preview().size, payload.size() + 5);
  EXPECT_EQ(writer->preview().head.size(), kRetainedHeadBytes + 5);
  const PublishedObject published = writer->publish();

  const auto source = store.open("memory/a", {});
  EXPECT_EQ(source->identity().size, published.size);
  EXPECT_EQ(source->identity().etag, published.etag);
  std::array<std::byte, 8> start{};
  EXPECT_EQ(source->read_at(0, start), start.size());
  EXPECT_EQ(start[0], payload[0]);
  EXPECT_EQ(start[1], std::byte{'i'});
  EXPECT_EQ(start[6], std::byte{'#'});
  EXPECT_EQ(source->read_at(published.size, start), 0U);
  EXPECT_EQ(source->read_at(published.size - 3, start), 3U);
  EXPECT_EQ(start[2], payload.back());
}

TEST(MemoryStore, NothingAppearsWithoutPublish) {
  MemoryStore store;
  { store.create("memory/a", {}, {})->append(to_bytes("abc")); }
  EXPECT_FALSE(store.find("memory/a"));
  const auto writer = store.create("memory/a", {}, {});
  writer->discard();
  EXPECT_THROW(writer->publish(), Error);
}

TEST(MemoryStore, NoClobberKeepsWhatIsThere) {
  MemoryStore store;
  store.put("memory/a", to_bytes("old"));
  const auto writer = store.create("memory/a", {.no_clobber = true}, {});
  writer->append(to_bytes("new"));
  EXPECT_THROW(writer->publish(), Error);
  EXPECT_EQ(*store.find("memory/a")->bytes, to_bytes("old"));
}

TEST(MemoryStore, StopEndsReadsAndWrites) {
  MemoryStore store;
  store.put("memory/a", to_bytes("old"));
  std::stop_source stop;
  const auto source = store.open("memory/a", stop.get_token());
  const auto writer = store.create("memory/b", {}, stop.get_token());
  stop.request_stop();
  std::array<std::byte, 1> out{};
  EXPECT_THROW(source->read_at(0, out), base::Cancelled);
  EXPECT_THROW(writer->append(out), base::Cancelled);
  EXPECT_THROW(writer->publish(), base::Cancelled);
}

}  // namespace
}  // namespace s3reel::io
