#include "cli/text.h"

#include <limits>

#include <gtest/gtest.h>

namespace s3reel::cli {
namespace {

TEST(OneLine, KeepsControlCharactersFromTheTerminal) {
  EXPECT_EQ(one_line("a\nb\x1b[31mc\x7f"), "a b [31mc ");
  EXPECT_EQ(one_line("Übung für 東京"), "Übung für 東京");
}

TEST(Secrets, SignatureTokenAndUserOfAUrlAreBlanked) {
  EXPECT_EQ(
      without_secrets("read https://h/k?X-Amz-Signature=abc&X-Amz-Expires=60: denied"),
      "read https://h/k?***: denied");
  EXPECT_EQ(
      without_secrets("X-Amz-Security-Token=t1&X-Amz-Credential=AKIA/2024"),
      "X-Amz-Security-Token=***&X-Amz-Credential=***");
  EXPECT_EQ(without_secrets("https://me:pw@host/k"), "https://***@host/k");
  EXPECT_EQ(
      without_secrets("http://me@host and http://you@host"),
      "http://***@host and "
      "http://***@host");
}

TEST(Secrets, OlderAndOtherSignaturesAreBlankedInAnyCase) {
  EXPECT_EQ(
      without_secrets("k?AWSAccessKeyId=AK&Signature=a%2Bb&Expires=9: denied"),
      "k?AWSAccessKeyId=***&Signature=***&Expires=9: denied");
  EXPECT_EQ(
      without_secrets("k?x-amz-security-token=t&X-AMZ-SIGNATURE=s&x-goog-signature=g"),
      "k?x-amz-security-token=***&X-AMZ-SIGNATURE=***&x-goog-signature=***");
  EXPECT_EQ(without_secrets("k?sv=1&sig=abc"), "k?sv=1&sig=***");
}

TEST(Secrets, TheQueryOfAWebAddressIsBlankedWhateverItsNames) {
  EXPECT_EQ(
      without_secrets("'http://h/k?token=a&b=c' https://h?d https://h/k?"),
      "'http://h/k?***' https://h?*** https://h/k?***");
  for (const char* wrong : {"HTTPS://h/k", "htps://h/k", "https:/h/k", "'https://h/k"}) {
    const std::string address = wrong;
    const std::string end = address.starts_with("'") ? "': bad" : " bad";
    EXPECT_EQ(without_secrets(address + "?a='b'&t=c" + end), address + "?***" + end);
  }
  EXPECT_EQ(without_secrets("s3://b/what?.mp4 and a:b/c?"), "s3://b/what?.mp4 and a:b/c?");
}

TEST(Secrets, KeysInFrontOfABucketAreBlanked) {
  EXPECT_EQ(without_secrets("'s3://AK:secr@bucket/k@y'"), "'s3://***@bucket/k@y'");
  EXPECT_EQ(
      without_secrets("'s3://AKIAIOSFODNN7EXAMPLE:se/c+r=@bucket/k@y'"), "'s3://***@bucket/k@y'");
}

TEST(Secrets, KeysOfObjectsAreLeftAlone) {
  for (const auto* text :
       {"s3://bucket/a@b.mp4",
        "s3://b@c/d",
        "s3://b@c:d/e",
        "s3://b/10:30@noon",
        "s3://tenant:b/at@home",
        "https://host/a@b",
        "s3://b/design=1",
        "://",
        "@"}) {
    EXPECT_EQ(without_secrets(text), text);
  }
}

TEST(Nearest, FindsSlipsOfTheFingerOnly) {
  const std::vector<std::string> names{"--crf", "--preset", "--part-size"};
  EXPECT_EQ(nearest("--presset", names), "--preset");
  EXPECT_EQ(nearest("--cfr", names), "--crf");
  EXPECT_EQ(nearest("--partsize", names), "--part-size");
  EXPECT_EQ(nearest("--colour", names), "");
  EXPECT_EQ(nearest("", names), "");
}

TEST(Wrapped, BreaksAtSpacesAndIndents) {
  EXPECT_EQ(wrapped("one two three", 7, 2), "one two\n  three");
  EXPECT_EQ(wrapped("unbreakable", 4, 2), "unbreakable");
  EXPECT_EQ(wrapped("", 4, 2), "");
}

TEST(Time, IsShortAndNeverNegative) {
  EXPECT_EQ(format_time(0.0), "0:00");
  EXPECT_EQ(format_time(7.9), "0:07");
  EXPECT_EQ(format_time(200.0), "3:20");
  EXPECT_EQ(format_time(3723.0), "1:02:03");
  EXPECT_EQ(format_time(-5.0), "0:00");
  EXPECT_EQ(format_time(std::numeric_limits<double>::infinity()), "0:00");
}

}  // namespace
}  // namespace s3reel::cli
