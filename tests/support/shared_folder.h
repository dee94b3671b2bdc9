#pragma once

/// Where the files shared between checkouts (vectors, media) are: S3REEL_SHARED, else
/// <repo>/shared, else <repo>/../shared; a single folder may be named by a variable of its own.
/// Never found by the working directory. Header only, so that every test program can use it.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace s3reel::test {

/// Either a folder that exists, or the reason why there is none.
struct SharedFolder {
  enum class State {
    found,
    absent,  ///< no shared folder on this machine: tests are skipped
    broken   ///< a variable names what does not exist, or skipping is not allowed: tests fail
  };

  State state = State::absent;
  std::filesystem::path path{};
  std::string reason{};
};

namespace detail {

inline std::optional<std::string> variable(const char* name) {
  // Tests read the environment before they start threads.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr || *value == '\0') {
    return std::nullopt;
  }
  return std::string(value);
}

inline SharedFolder named(const std::string& name, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    return {SharedFolder::State::found, path, {}};
  }
  return {SharedFolder::State::broken, {}, name + " names no folder: '" + path.string() + "'"};
}

}  // namespace detail

/// The folder `part` ("vectors/sigv4", "media") of the shared files; `name` is the variable that
/// overrides it ("S3REEL_SIGV4_VECTORS").
inline SharedFolder shared_folder(const char* name, const std::string& part) {
  if (const auto value = detail::variable(name)) {
    return detail::named(name, *value);
  }
  if (const auto value = detail::variable("S3REEL_SHARED")) {
    return detail::named("S3REEL_SHARED", std::filesystem::path(*value) / part);
  }
  const std::filesystem::path repo = S3REEL_SOURCE_DIR;
  for (const auto& place : {repo / "shared" / part, repo.parent_path() / "shared" / part}) {
    if (std::filesystem::is_directory(place)) {
      return {SharedFolder::State::found, place, {}};
    }
  }
  const bool required = detail::variable("S3REEL_REQUIRE_SHARED") == "1";
  return {
      required ? SharedFolder::State::broken : SharedFolder::State::absent,
      {},
      "there is no folder shared/" + part + " beside or inside " + repo.string()};
}

/// Names of the sub-folders of `folder` in order. Without the folder, or with no case in it, one
/// name that S3REEL_NEEDS_CASE turns into a skip or a failure: zero cases never pass in silence.
inline constexpr char kNoCases[] = "no_cases";

inline std::vector<std::string> shared_cases(const SharedFolder& folder) {
  std::vector<std::string> names;
  if (folder.state == SharedFolder::State::found) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
      if (entry.is_directory()) {
        names.push_back(entry.path().filename().string());
      }
    }
  }
  if (names.empty()) {
    names.emplace_back(kNoCases);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A case's name as GoogleTest takes it.
inline std::string case_name(const testing::TestParamInfo<std::string>& tested) {
  std::string name = tested.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

/// The whole of one of the files.
inline std::string shared_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Use at the top of a test: skips it when the shared files are absent, fails it when they ought to
/// be there.
#define S3REEL_NEEDS_SHARED(folder)                                      \
  do {                                                                   \
    if ((folder).state == ::s3reel::test::SharedFolder::State::absent) { \
      GTEST_SKIP() << (folder).reason;                                   \
    }                                                                    \
    if ((folder).state == ::s3reel::test::SharedFolder::State::broken) { \
      FAIL() << (folder).reason;                                         \
    }                                                                    \
  } while (false)

/// The same for a test of one case.
#define S3REEL_NEEDS_CASE(folder, name)                        \
  do {                                                         \
    S3REEL_NEEDS_SHARED(folder);                               \
    if ((name) == ::s3reel::test::kNoCases) {                  \
      FAIL() << "no case found in " << (folder).path.string(); \
    }                                                          \
  } while (false)

}  // namespace s3reel::test
