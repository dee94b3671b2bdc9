#include "cli/values.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr Range kAny{0, std::numeric_limits<std::int64_t>::max()};

/// The message of the usage error that `call` throws; "" when it throws none.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    return error.what();
  }
  return {};
}

TEST(Bitrate, ReadsBitsPerSecondWithPowersOfAThousand) {
  EXPECT_EQ(parse_bitrate({"--bitrate", "4M"}), 4'000'000);
  EXPECT_EQ(parse_bitrate({"--bitrate", "800k"}), 800'000);
  EXPECT_EQ(parse_bitrate({"--bitrate", "2.5M"}), 2'500'000);
  EXPECT_EQ(parse_bitrate({"--bitrate", "1500000"}), 1'500'000);
  EXPECT_EQ(parse_bitrate({"--bitrate", "1G"}), 1'000'000'000);
}

TEST(Bitrate, RefusesNonsenseNamingOptionValueAndRemedy) {
  for (const auto* text : {"", "M", "4Q", "4 M", "-4M", "0", "nan", "inf", "1e300", "4M5"}) {
    const auto message = refusal([&] { parse_bitrate({"--bitrate", text}); });
    EXPECT_THAT(message, HasSubstr("--bitrate '" + std::string(text) + "'"));
    EXPECT_THAT(message, HasSubstr("800k"));
  }
}

TEST(Size, ReadsBytesWithPowersOf1024) {
  EXPECT_EQ(parse_size({"--part-size", "8M"}, kAny), 8U * 1024 * 1024);
  EXPECT_EQ(parse_size({"--part-size", "8MiB"}, kAny), 8U * 1024 * 1024);
  EXPECT_EQ(parse_size({"--part-size", "512K"}, kAny), 512U * 1024);
  EXPECT_EQ(parse_size({"--part-size", "0.5G"}, kAny), 512U * 1024 * 1024);
  EXPECT_EQ(parse_size({"--part-size", "8388608"}, kAny), 8388608U);
}

TEST(Size, RefusesNonsenseAndWhatIsOutOfRange) {
  for (const auto* text : {"", "eight", "8X", "-8M", "8MB5"}) {
    EXPECT_THAT(
        refusal([&] {
          parse_size({"--part-size", text}, kAny);
        }),
        HasSubstr("--part-size"));
  }
  EXPECT_THAT(
      refusal([] {
        parse_size({"--part-size", "4M"}, Range{5'242'880, 1'000'000'000});
      }),
      HasSubstr("out of range; write a size from 5242880"));
  EXPECT_THAT(
      refusal([] {
        parse_size({"--part-size", "2G"}, Range{1, 1'000'000'000});
      }),
      HasSubstr("out of range"));
}

TEST(Duration, ReadsUnitsAndTheirSum) {
  const Range week{1, 604800};
  EXPECT_EQ(parse_duration({"--expires", "90"}, week).count(), 90);
  EXPECT_EQ(parse_duration({"--expires", "90s"}, week).count(), 90);
  EXPECT_EQ(parse_duration({"--expires", "15m"}, week).count(), 900);
  EXPECT_EQ(parse_duration({"--expires", "1h"}, week).count(), 3600);
  EXPECT_EQ(parse_duration({"--expires", "7d"}, week).count(), 604800);
  EXPECT_EQ(parse_duration({"--expires", "1h30m"}, week).count(), 5400);
}

TEST(Duration, RefusesNonsenseAndMoreThanTheLimit) {
  const Range week{1, 604800};
  for (const auto* text :
       {"", "h", "1x", "-1h", "1h-", "1.5h", "0", "8d", "7d1s", "99999999999d"}) {
    EXPECT_THAT(
        refusal([&] {
          parse_duration({"--expires", text}, week);
        }),
        HasSubstr("--expires '" + std::string(text) + "'"))
        << text;
  }
}

TEST(Numbers, ReadWholeAndBrokenOnes) {
  EXPECT_DOUBLE_EQ(parse_number({"--crf", "18.5"}), 18.5);
  EXPECT_DOUBLE_EQ(parse_number({"--crf", "-6"}), -6.0);
  EXPECT_EQ(parse_integer({"--threads", "4"}, Range{0, 1024}), 4);
  for (const auto* text : {"", "abc", "1x", "nan", "inf", "0x10"}) {
    EXPECT_THAT(refusal([&] { parse_number({"--crf", text}); }), HasSubstr("not a number"));
  }
  for (const auto* text : {"", "4.5", "four", "99999999999999999999"}) {
    EXPECT_THAT(
        refusal([&] {
          parse_integer({"--threads", text}, Range{0, 1024});
        }),
        HasSubstr("not a whole number"));
  }
  EXPECT_THAT(
      refusal([] {
        parse_integer({"--threads", "-1"}, Range{0, 1024});
      }),
      HasSubstr("out of range; write a number from 0 to 1024"));
}

TEST(Op, IsANameWithParameters) {
  EXPECT_EQ(parse_op({"--op", "grayscale"}).name, "grayscale");
  EXPECT_TRUE(parse_op({"--op", "grayscale"}).parameters.empty());
  const auto op = parse_op({"--op", "scale:w=1280,h=-2"});
  EXPECT_EQ(op.name, "scale");
  EXPECT_THAT(op.parameters, ElementsAre(Pair("h", "-2"), Pair("w", "1280")));
}

TEST(Op, TakesEscapedCommasEqualSignsAndColonsInValues) {
  const auto op = parse_op({"--op", R"(text:what=a\,b\\c=d:e,at=)"});
  EXPECT_THAT(op.parameters, ElementsAre(Pair("at", ""), Pair("what", R"(a,b\c=d:e)")));
}

TEST(Op, RefusesNonsense) {
  for (const auto* text : {"", ":a=b", "gray scale", "a:", "a:b", "a:=c", "a:b=c,,d=e", "a=b"}) {
    EXPECT_THAT(refusal([&] { parse_op({"--op", text}); }), HasSubstr("write NAME")) << text;
  }
  EXPECT_THAT(refusal([] { parse_op({"--op", "a:b=1,b=2"}); }), HasSubstr("'b' is given twice"));
}

TEST(Pair, KeepsWhatStandsBehindTheFirstEqualSign) {
  std::map<std::string, std::string> map;
  parse_pair({"--encoder-opt", "x264-params=keyint=30:qp=0"}, map);
  parse_pair({"--encoder-opt", "tune="}, map);
  EXPECT_THAT(map, ElementsAre(Pair("tune", ""), Pair("x264-params", "keyint=30:qp=0")));
  EXPECT_THAT(
      refusal([&] {
        parse_pair({"--encoder-opt", "tune=film"}, map);
      }),
      HasSubstr("given twice"));
  EXPECT_THAT(
      refusal([&] {
        parse_pair({"--encoder-opt", "qp"}, map);
      }),
      HasSubstr("not key=value"));
}

TEST(Choice, SuggestsTheNearestValue) {
  const std::vector<std::string> formats{"mp4", "fmp4", "mov", "mkv"};
  EXPECT_EQ(parse_choice({"--format", "mov"}, formats), 2U);
  EXPECT_THAT(
      refusal([&] {
        parse_choice({"--format", "mp5"}, formats);
      }),
      HasSubstr("did you mean mp4?; write one of mp4, fmp4, mov, mkv"));
  EXPECT_THAT(
      refusal([&] {
        parse_choice({"--format", "theora"}, formats);
      }),
      testing::AllOf(HasSubstr("unknown value; write"), testing::Not(HasSubstr("mean"))));
}

TEST(Endpoint, IsAWebAddressWithoutSecrets) {
  EXPECT_EQ(parse_endpoint({"--endpoint-url", "http://[::1]:9000"}), "http://[::1]:9000");
  EXPECT_EQ(parse_endpoint({"--endpoint-url", "https://s3.example"}), "https://s3.example");
  for (const auto* text : {"", "s3.example", "ftp://s3.example", "https://"}) {
    EXPECT_THAT(
        refusal([&] {
          parse_endpoint({"--endpoint-url", text});
        }),
        HasSubstr("not an endpoint"));
  }
  const auto message = refusal([] {
    parse_endpoint({"--endpoint-url", "https://me:hunter2@s3.example"});
  });
  EXPECT_THAT(message, HasSubstr("no user part"));
  EXPECT_THAT(message, testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace s3reel::cli
