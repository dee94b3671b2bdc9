// The judge of the relocation is ffmpeg itself: the same packets muxed once plainly and once with
// -movflags faststart.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "mp4/relocate.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::mp4 {
namespace {

using test::Bytes;
using test::MoovReader;

class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(
            std::filesystem::temp_directory_path() /
            ("s3reel-faststart-" + std::to_string(std::random_device()()))) {
    std::filesystem::create_directories(path_);
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

void run_ffmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe)
}

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  return test::text(content);
}

struct Piece {
  std::string type;
  Bytes bytes;
};

std::vector<Piece> top_level(const Bytes& file) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < file.size();) {
    const std::uint64_t size = MoovReader::number_at(file, at, 4);
    if (size < 8 || size > file.size() - at) {
      ADD_FAILURE() << "no box at " << at;
      break;
    }
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    std::string type;
    std::transform(begin + 4, begin + 8, std::back_inserter(type), [](std::byte letter) {
      return static_cast<char>(letter);
    });
    pieces.push_back({type, Bytes(begin, end)});
    at += static_cast<std::size_t>(size);
  }
  return pieces;
}

/// The file with its last box, the moov, moved behind the first one, the ftyp.
Bytes moved_by_us(const Bytes& plain) {
  const std::vector<Piece> pieces = top_level(plain);
  EXPECT_EQ(pieces.front().type, "ftyp");
  EXPECT_EQ(pieces.back().type, "moov");
  EXPECT_EQ(end_of_ftyp(plain), pieces.front().bytes.size());
  Bytes result = test::join({pieces.front().bytes, relocate_moov(pieces.back().bytes)});
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    result.insert(result.end(), pieces[i].bytes.begin(), pieces[i].bytes.end());
  }
  return result;
}

struct FaststartCase {
  std::string name;
  std::string input;      ///< arguments that make the packets, into Matroska or what holds them
  std::string options{};  ///< of both muxes
  std::string extension = "mp4";
  std::size_t least_chunks = 1;  ///< in all tracks, so that a case stays what its name says
};

std::ostream& operator<<(std::ostream& out, const FaststartCase& value) {
  return out << value.name;
}

const std::string kVideo = "-f lavfi -i testsrc2=s=128x96:r=25:d=4 ";
const std::string kAudio = "-f lavfi -i sine=f=440:r=48000:d=4 ";
// Two chapters in ffmpeg's own metadata format.
const std::string kChapters =
    "-f ffmetadata -i "
    "'data:text/plain;base64,"
    "O0ZGTUVUQURBVEExCltDSEFQVEVSXQpUSU1FQkFTRT0xLzEKU1RBUlQ9MApFTkQ9Mgp0aXRsZT1PbmUKW0NIQVBURVJdCl"
    "RJTUVCQVNFPTEvMQpTVEFSVD0yCkVORD00CnRpdGxlPVR3bwo=' ";
const std::string kX264 = "-c:v libx264 -preset veryfast -bf 2 -threads 1 ";

std::vector<FaststartCase> faststart_cases() {
  return {
      {.name = "VideoAndAudio", .input = kVideo + kAudio + kX264 + "-c:a aac", .least_chunks = 100},
      {.name = "VideoOnly", .input = kVideo + kX264},
      {.name = "AudioOnly", .input = kAudio + "-c:a aac"},
      {.name = "ManyChunksInThreeTracks",
       .input = "-f lavfi -i testsrc2=s=32x32:r=60:d=40 -f lavfi -i sine=f=440:r=48000:d=40 " +
                kX264 + "-map 0 -map 1 -map 1 -c:a aac",
       .least_chunks = 5'000},
      {.name = "ChunksOfOneMebibyte",
       .input = "-f lavfi -i testsrc2=s=640x360:r=25:d=3 -vf noise=alls=100 -c:v mpeg4 -q:v 1",
       .least_chunks = 3},
      {.name = "MetadataAndRotation",
       .input = kVideo + kAudio + kX264 + "-c:a aac",
       .options = "-metadata title=Titel -metadata:s:a:0 language=deu -metadata:s:v:0 rotate=90"},
      {.name = "QuickTimeWithPcmAndTimecode",
       .input = kVideo + kAudio + kX264 + "-c:a pcm_s16le",
       .options = "-timecode 01:00:00:00",
       .extension = "mov"},
      {.name = "Chapters", .input = kVideo + kAudio + kChapters + kX264 + "-c:a aac"},
      {.name = "Hevc",
       .input = kVideo + "-c:v libx265 -preset ultrafast -x265-params log-level=none",
       .options = "-tag:v hvc1"},
  };
}

class Faststart : public testing::TestWithParam<FaststartCase> {};

TEST_P(Faststart, EqualsFfmpegToTheLastByte) {
  const FaststartCase& param = GetParam();
  const TemporaryFolder folder;
  const std::string packets = folder.file("packets.mkv");
  const std::string plain = folder.file("plain." + param.extension);
  const std::string expected = folder.file("faststart." + param.extension);
  const std::string exact = " -fflags +bitexact -flags +bitexact ";
  run_ffmpeg(param.input + exact + packets);
  const std::string copy = "-i " + packets + " -map 0 -c copy " + param.options + exact;
  run_ffmpeg(copy + plain);
  run_ffmpeg(copy + "-movflags +faststart " + expected);
  if (HasFatalFailure()) {
    return;
  }
  const Bytes source = read_file(plain);
  const Bytes result = moved_by_us(source);
  EXPECT_TRUE(result == read_file(expected)) << "the results differ";
  std::size_t chunks = 0;
  for (const auto& track : MoovReader::read(top_level(source).back().bytes)) {
    chunks += track.chunks.size();
  }
  EXPECT_GE(chunks, param.least_chunks);
}

INSTANTIATE_TEST_SUITE_P(
    Layouts,
    Faststart,
    testing::ValuesIn(faststart_cases()),
    [](const testing::TestParamInfo<FaststartCase>& case_info) { return case_info.param.name; });

}  // namespace
}  // namespace s3reel::mp4
