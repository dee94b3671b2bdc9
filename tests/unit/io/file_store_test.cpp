#include "io/file_store.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "support/bytes.h"

namespace s3reel::io {
namespace {

namespace fs = std::filesystem;
using test::pattern_bytes;
using test::to_bytes;

class FileStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "s3reel-file-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }

  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  static void write_file(const std::string& name, const std::vector<std::byte>& bytes) {
    std::ofstream file(name, std::ios::binary);
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  static std::vector<std::byte> read_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return to_bytes(text);
  }

  fs::path folder_;
  FileStore store_;
};

TEST_F(FileStoreTest, ReadsAtAnyOffset) {
  const auto bytes = pattern_bytes(10'000);
  write_file(path("in"), bytes);
  const auto source = store_.open(path("in"), {});
  EXPECT_EQ(source->identity().size, bytes.size());
  std::array<std::byte, 100> out{};
  ASSERT_EQ(source->read_at(9'950, out), 50U);
  EXPECT_TRUE(std::equal(out.begin(), out.begin() + 50, bytes.begin() + 9'950));
  EXPECT_EQ(source->read_at(10'000, out), 0U);
}

TEST_F(FileStoreTest, CountsWhatIsReadAndWritten) {
  write_file(path("in"), pattern_bytes(1'000));
  std::array<std::byte, 100> out{};
  store_.open(path("in"), {})->read_at(950, out);
  EXPECT_EQ(store_.counts().read, 50U);
  const auto writer = store_.create(path("out"), {}, {});
  writer->append(pattern_bytes(kRetainedHeadBytes + 1'000));
  EXPECT_EQ(store_.counts().written, 1'000U) << "the head is still in memory";
  writer->insert(10, pattern_bytes(100));
  writer->publish();
  EXPECT_EQ(store_.counts().written, fs::file_size(path("out")));
}

TEST_F(FileStoreTest, AFileThatChangesUnderTheJobIsRefused) {
  write_file(path("in"), pattern_bytes(1'000));
  const auto source = store_.open(path("in"), {});
  std::array<std::byte, 10> out{};
  EXPECT_EQ(source->read_at(0, out), out.size());
  write_file(path("in"), pattern_bytes(999));
  try {
    source->read_at(0, out);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::refused);
  }
}

TEST_F(FileStoreTest, MissingEmptyAndFolderSourcesSayWhy) {
  write_file(path("empty"), {});
  const auto kind = [&](const std::string& name) {
    try {
      store_.open(name, {});
    } catch (const Error& error) {
      EXPECT_FALSE(error.info().reason.empty());
      EXPECT_FALSE(error.info().hint.empty());
      return error.info().kind;
    }
    return ErrorKind::internal;
  };
  EXPECT_EQ(kind(path("absent")), ErrorKind::refused);
  EXPECT_EQ(kind(path("empty")), ErrorKind::input);
  EXPECT_EQ(kind(folder_.string()), ErrorKind::input);
  EXPECT_EQ(kind("-"), ErrorKind::usage);
  EXPECT_FALSE(store_.head(path("absent"), {}));
}

TEST_F(FileStoreTest, AppearsOnlyWhenPublishedAndLeavesNothingBeside) {
  const auto payload = pattern_bytes(kRetainedHeadBytes + 3'333'333);
  const auto writer = store_.create(path("out"), {}, {});
  writer->append(std::span(payload).first(100));
  writer->append(std::span(payload).subspan(100));
  EXPECT_FALSE(fs::exists(path("out")));
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(writer->publish().size, payload.size());
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(read_file(path("out")), payload);
}

TEST_F(FileStoreTest, AnInsertedHeadMovesTheRestBack) {
  auto payload = pattern_bytes(kRetainedHeadBytes + 2'500'001);
  const auto index = pattern_bytes(1'234'567, 2);
  const auto writer = store_.create(path("out"), {}, {});
  writer->append(payload);
  writer->patch(20, to_bytes("size"));
  writer->insert(28, index);
  const PublishedObject published = writer->publish();
  EXPECT_EQ(published.size, payload.size() + index.size());
  const auto patch = to_bytes("size");
  std::copy(patch.begin(), patch.end(), payload.begin() + 20);
  payload.insert(payload.begin() + 28, index.begin(), index.end());
  EXPECT_EQ(read_file(path("out")), payload);
}

TEST_F(FileStoreTest, SmallAndEmptyResultsArePublished) {
  const auto small = store_.create(path("small"), {}, {});
  small->append(to_bytes("abc"));
  small->insert(1, to_bytes("XY"));
  small->publish();
  EXPECT_EQ(read_file(path("small")), to_bytes("aXYbc"));
  store_.create(path("empty"), {}, {})->publish();
  EXPECT_EQ(fs::file_size(path("empty")), 0U);
}

TEST_F(FileStoreTest, DestroyedOrDiscardedItLeavesNothing) {
  { store_.create(path("out"), {}, {})->append(pattern_bytes(6'000'000)); }
  EXPECT_EQ(entries(), 0U);
  const auto writer = store_.create(path("out"), {}, {});
  writer->append(to_bytes("abc"));
  writer->discard();
  writer->discard();
  EXPECT_EQ(entries(), 0U);
  EXPECT_THROW(writer->publish(), Error);
}

TEST_F(FileStoreTest, ReplacesByDefaultAndRefusesWithNoClobber) {
  write_file(path("out"), to_bytes("old"));
  const auto guarded = store_.create(path("out"), {.no_clobber = true}, {});
  guarded->append(to_bytes("new"));
  EXPECT_THROW(guarded->publish(), Error);
  guarded->discard();
  EXPECT_EQ(read_file(path("out")), to_bytes("old"));
  const auto replacing = store_.create(path("out"), {}, {});
  replacing->append(to_bytes("new"));
  EXPECT_EQ(replacing->publish().guard, Guard::none);
  EXPECT_EQ(read_file(path("out")), to_bytes("new"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileStoreTest, NoClobberIsGuardedByTheFileSystem) {
  const auto writer = store_.create(path("out"), {.no_clobber = true}, {});
  writer->append(to_bytes("new"));
  EXPECT_EQ(writer->publish().guard, Guard::guarded);
  EXPECT_EQ(read_file(path("out")), to_bytes("new"));
}

TEST_F(FileStoreTest, AnythingButAFileIsNotReplaced) {
  fs::create_directory(path("folder"));
  for (const std::string& target : {path("folder"), std::string("/dev/null")}) {
    const auto writer = store_.create(target, {}, {});
    try {
      writer->append(to_bytes("abc"));
      FAIL() << target;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
    }
  }
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(FileStoreTest, AMissingFolderIsNamedWithItsCause) {
  const auto writer = store_.create(path("absent/out"), {}, {});
  try {
    writer->append(to_bytes("abc"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("No such file"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("absent"), std::string::npos);
  }
}

TEST_F(FileStoreTest, StopEndsReadsAndWrites) {
  write_file(path("in"), to_bytes("abc"));
  std::stop_source stop;
  const auto source = store_.open(path("in"), stop.get_token());
  const auto writer = store_.create(path("out"), {}, stop.get_token());
  writer->append(to_bytes("abc"));
  stop.request_stop();
  std::array<std::byte, 1> out{};
  EXPECT_THROW(source->read_at(0, out), base::Cancelled);
  EXPECT_THROW(writer->publish(), base::Cancelled);
  writer->discard();
  EXPECT_EQ(entries(), 1U);
}

}  // namespace
}  // namespace s3reel::io
