#include "media/late_head_sink.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::media {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::moov_box;
using test::number;
using test::text;

const Bytes kFtyp = box("ftyp", text("isom"));
const Bytes kFree = box("free", {});
const Bytes kSamples = box("mdat", text("samples"));
const Bytes kOpenSamples = join({number(0, 4), text("mdatsamples")});
const std::size_t kMdatAt = kFtyp.size() + kFree.size();

Bytes moov() {
  return moov_box({{.chunks = {kMdatAt + 8}}});
}

/// Writes into a sink, and shows what was published.
class Written {
 public:
  void at(std::uint64_t position, const Bytes& bytes) { sink_.write(position, bytes); }

  void append(const Bytes& bytes) { at(sink_.end(), bytes); }

  [[nodiscard]] std::uint64_t end() const { return sink_.end(); }

  Bytes published() {
    sink_.finish();
    writer_->publish();
    const std::unique_ptr<io::ByteSource> source = store_.open("object", {});
    Bytes bytes(source->identity().size);
    io::read_up_to(*source, 0, bytes);
    return bytes;
  }

 private:
  io::MemoryStore store_;
  std::unique_ptr<io::ObjectWriter> writer_ = store_.create("object", {}, {});
  LateHeadSink sink_{*writer_};
};

Bytes with_index_in_front() {
  return join({kFtyp, mp4::relocate_moov(moov()), kFree, kSamples});
}

TEST(LateHeadSink, AnIndexBehindItsSamplesComesToTheFront) {
  Written file;
  file.append(join({kFtyp, kFree, kOpenSamples}));
  file.at(kMdatAt, number(kSamples.size(), 4));
  file.append(moov());
  EXPECT_EQ(file.published(), with_index_in_front());
}

TEST(LateHeadSink, TheMuxerMayGoBackInItsIndex) {
  const Bytes index = moov();
  Written file;
  file.append(join({kFtyp, kFree, kOpenSamples}));
  file.at(kMdatAt, number(kSamples.size(), 4));
  const std::uint64_t begin = file.end();
  file.append(Bytes(3));
  file.append(join({Bytes(1), text("moov")}));
  file.append(Bytes(index.begin() + 8, index.end()));
  file.at(begin, number(index.size(), 4));
  EXPECT_EQ(file.published(), with_index_in_front());
}

TEST(LateHeadSink, AllMayComeInOneWrite) {
  Written file;
  file.append(join({kFtyp, kFree, kSamples, moov()}));
  EXPECT_EQ(file.published(), with_index_in_front());
}

TEST(LateHeadSink, WhatIsNoIndexStaysWhereItWasWritten) {
  for (const Bytes& tail :
       {box("free", text("x")), join({moov(), box("free", {})}), box("moov", box("mvex", {}))}) {
    Written file;
    file.append(join({kFtyp, kFree, kSamples, tail}));
    EXPECT_EQ(file.published(), join({kFtyp, kFree, kSamples, tail}));
  }
}

TEST(LateHeadSink, OtherFormatsPassThroughWithAnOpenHead) {
  Written file;
  file.append(text("0123456789"));
  file.at(2, text("ab"));
  file.append(text("xyz"));
  EXPECT_EQ(file.published(), text("01ab456789xyz"));
}

TEST(LateHeadSink, FragmentsPassThrough) {
  const Bytes film = join({kFtyp, moov(), box("moof", text("a")), box("mdat", text("b")), kFree});
  Written file;
  file.append(Bytes(film.begin(), film.begin() + 20));
  file.append(Bytes(film.begin() + 20, film.end()));
  EXPECT_EQ(file.published(), film);
}

TEST(LateHeadSink, PlacesThatCannotBeWrittenAreWrongUsage) {
  Written file;
  file.append(text("0123456789"));
  file.append(Bytes(io::kRetainedHeadBytes));
  file.at(io::kRetainedHeadBytes - 1, Bytes(1));
  for (const std::uint64_t place : {io::kRetainedHeadBytes, file.end() + 1}) {
    try {
      file.at(place, Bytes(1));
      FAIL() << place;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
    }
  }
}

}  // namespace
}  // namespace s3reel::media
