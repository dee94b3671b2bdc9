/// The help, the man page, the manual and the completions against the table of options: everything
/// that exists is described, and nothing is described that does not exist.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/help.h"
#include "cli/option_table.h"

namespace s3reel::cli {
namespace {

using testing::HasSubstr;

using Names = std::set<std::string>;

std::string source_file(const std::string& path) {
  std::ifstream file(std::filesystem::path(S3REEL_SOURCE_DIR) / path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every long option, with its two dashes.
Names table_names() {
  Names names{"--version"};
  for (const auto& command : command_table()) {
    for (const auto& option : command.options) {
      names.insert(option.names.front());
    }
  }
  return names;
}

/// The name behind every occurrence of `mark`, with two dashes in front.
Names found(const std::string& text, const std::string& mark) {
  Names names;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    at += mark.size();
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-", at);
    if (end > at && text[at] >= 'a') {
      names.insert(std::string("--").append(text, at, end - at));
    }
  }
  return names;
}

/// What the help of a command has to name.
std::vector<std::string> words_of(const CommandSpec& command) {
  std::vector<std::string> words{command.name};
  for (const auto& option : command.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
    words.push_back(option.placeholder);
  }
  for (const auto& positional : command.positionals) {
    words.push_back(positional.name);
  }
  return words;
}

TEST(Help, OfACommandNamesAllItsOptionsAndPositionals) {
  for (const auto& command : command_table()) {
    const auto text = command_help(command);
    for (const auto& word : words_of(command)) {
      EXPECT_THAT(text, HasSubstr(word));
    }
    EXPECT_THAT(general_help(), HasSubstr(command.name));
  }
}

TEST(Help, FitsIntoEightyColumns) {
  std::string all = general_help();
  for (const auto& command : command_table()) {
    all += command_help(command);
  }
  std::istringstream input(all);
  for (std::string line; std::getline(input, line);) {
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Help, NamesEnvironmentAndExitCodes) {
  for (const auto* word :
       {"AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "REGION_NAME",
        "AWS_ENDPOINT_URL_S3",
        "130",
        "143"}) {
    EXPECT_THAT(general_help(), HasSubstr(word));
    EXPECT_THAT(source_file("docs/s3reel.1"), HasSubstr(word));
  }
}

TEST(Table, NoNameIsUsedTwiceInACommand) {
  for (const auto& command : command_table()) {
    Names seen;
    for (const auto& option : command.options) {
      for (const auto& name : option.names) {
        EXPECT_TRUE(seen.insert(name).second) << command.name << " " << name;
      }
    }
  }
}

TEST(ManPage, DescribesExactlyTheOptionsOfTheTable) {
  EXPECT_EQ(found(source_file("docs/s3reel.1"), "Fl -"), table_names());
}

TEST(Manual, DescribesExactlyTheOptionsOfTheTable) {
  EXPECT_EQ(found(source_file("docs/command.md"), "`--"), table_names());
}

TEST(Completion, OfBashKnowsExactlyTheOptionsOfTheTable) {
  EXPECT_EQ(found(source_file("tools/completions/bash/s3reel"), "--"), table_names());
}

TEST(Completion, OfZshKnowsExactlyTheOptionsOfTheTable) {
  EXPECT_EQ(found(source_file("tools/completions/zsh/_s3reel"), "--"), table_names());
}

TEST(Completion, OfFishKnowsExactlyTheOptionsOfTheTable) {
  const auto text = source_file("tools/completions/fish/s3reel.fish");
  EXPECT_EQ(found(text, " -l "), table_names());
}

TEST(Completion, KnowsEveryCommand) {
  for (const auto* path :
       {"tools/completions/bash/s3reel",
        "tools/completions/zsh/_s3reel",
        "tools/completions/fish/s3reel.fish"}) {
    for (const auto& command : command_table()) {
      EXPECT_THAT(source_file(path), HasSubstr(command.name)) << path;
    }
  }
}

}  // namespace
}  // namespace s3reel::cli
