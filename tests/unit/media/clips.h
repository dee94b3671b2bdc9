#pragma once

/// Small clips made by ffmpeg, files of the test's own folder, and their bytes as sources.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "io/memory_store.h"

namespace s3reel::test {

using Content = std::vector<std::byte>;

/// Removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder()
      : path_(
            std::filesystem::temp_directory_path() /
            ("s3reel-unit-" + std::to_string(std::random_device()()))) {
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

inline Content read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error("cannot read " + path);
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Content bytes(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    bytes[i] = static_cast<std::byte>(text[i]);
  }
  return bytes;
}

inline void write_file(const std::string& path, const Content& bytes) {
  std::ofstream file(path, std::ios::binary);
  for (const std::byte one : bytes) {
    file.put(static_cast<char>(one));
  }
  file.close();
  if (!file) {
    throw std::runtime_error("cannot write " + path);
  }
}

/// Runs ffmpeg with `arguments`, which make one file of that name, and returns its bytes.
inline Content make_clip(const std::string& arguments, const std::string& name) {
  const TemporaryFolder folder;
  const std::string command =
      "ffmpeg -nostdin -v error -y " + arguments + " '" + folder.file(name) + "'";
  if (std::system(command.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe)
    throw std::runtime_error("ffmpeg failed: " + command);
  }
  return read_file(folder.file(name));
}

// Pieces of command lines: two seconds of picture, of sound, and cheap codecs.
inline const std::string kPicture = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 ";
inline const std::string kSound = "-f lavfi -i sine=f=440:r=48000:d=2 ";
inline const std::string kX264 = "-c:v libx264 -preset ultrafast -bf 2 -b_strategy 0 -threads 1 ";
inline const std::string kAac = "-c:a aac -b:a 64k ";

/// For MPEG-PS, which does not say which streams will come: sound long behind what is probed.
inline const std::string kLateSound =
    "-f lavfi -i testsrc2=s=128x96:r=25:d=20 -itsoffset 10 -f lavfi -i sine=d=1 "
    "-c:v mpeg2video -b:v 3M -c:a mp2 ";

/// 50 frames of H.264 with B-frames, and AAC, as MP4 with the index behind the samples.
inline const Content& plain_clip() {
  static const Content clip = make_clip(kPicture + kSound + kX264 + kAac + "-g 10", "plain.mp4");
  return clip;
}

inline Content cut(const Content& bytes, std::size_t length) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)};
}

inline io::MemorySource source_of(Content bytes) {
  return {"s3://bucket/film", std::make_shared<const Content>(std::move(bytes))};
}

}  // namespace s3reel::test
