// A target over the files of its corpus, in builds without libFuzzer: a test for each file. It is
// compiled once for all targets; the name of the program tells whose corpus it is.

#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/target.h"

namespace s3reel::fuzz {
namespace {

namespace fs = std::filesystem;

/// Names, as GoogleTest prints paths without an end.
std::vector<std::string> corpus() {
  const std::string program = program_invocation_short_name;  // "fuzz_xml"
  const fs::directory_iterator folder(
      S3REEL_CORPUS / fs::path(program.substr(program.find('_') + 1)));
  std::vector<std::string> files;
  std::transform(
      fs::begin(folder), fs::end(folder), std::back_inserter(files), [](const auto& file) {
        return file.path().string();
      });
  std::sort(files.begin(), files.end());
  return files;
}

Bytes content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(Corpus, HasFiles) {
  EXPECT_FALSE(corpus().empty());
}

class Replay : public testing::TestWithParam<std::string> {};

TEST_P(Replay, KeepsItsPromises) {
  const Bytes input = content_of(GetParam());
  ASSERT_FALSE(input.empty());
  EXPECT_NO_THROW(examine(input));
}

std::string name_of(const testing::TestParamInfo<std::string>& file) {
  std::string name = fs::path(file.param).stem().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Corpus, Replay, testing::ValuesIn(corpus()), name_of);

}  // namespace
}  // namespace s3reel::fuzz
