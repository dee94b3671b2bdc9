#include "s3/xml.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/shared_folder.h"

namespace s3reel::s3 {
namespace {

const test::SharedFolder& error_vectors() {
  static const test::SharedFolder found =
      test::shared_folder("S3REEL_S3_XML_VECTORS", "vectors/s3-xml");
  return found;
}

std::vector<std::string> error_cases() {
  std::vector<std::string> names;
  const auto folder = error_vectors().path / "errors";
  if (error_vectors().state == test::SharedFolder::State::found &&
      std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".xml") {
        names.push_back(entry.path().stem().string());
      }
    }
  }
  if (names.empty()) {
    names.emplace_back(test::kNoCases);
  }
  return names;
}

class ErrorVector : public testing::TestWithParam<std::string> {};

TEST_P(ErrorVector, GivesTheFieldsAClientShouldRead) {
  S3REEL_NEEDS_CASE(error_vectors(), GetParam());
  const auto folder = error_vectors().path / "errors";
  const auto fields = parse_error(test::shared_text(folder / (GetParam() + ".xml")));
  ASSERT_TRUE(fields);
  const auto expected = nlohmann::json::parse(test::shared_text(folder / (GetParam() + ".json")));
  ASSERT_FALSE(expected.at("Error").empty());
  for (const auto& [name, value] : expected.at("Error").items()) {
    ASSERT_TRUE(fields->contains(name)) << name;
    EXPECT_EQ(fields->at(name), value.get<std::string>()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Published, ErrorVector, testing::ValuesIn(error_cases()), test::case_name);

TEST(Xml, ErrorIsFoundBehindTheBlanksThatKeepACompleteAlive) {
  const auto fields =
      parse_error(" \n\n  <?xml version=\"1.0\"?>\n<Error><Code>SlowDown</Code></Error>");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->at("Code"), "SlowDown");
}

TEST(Xml, OtherBodiesAreNoErrors) {
  for (const auto* body :
       {"", "   ", "<html/>", "Error", "<Error", "<CompleteMultipartUploadResult/>"}) {
    EXPECT_FALSE(parse_error(body)) << body;
  }
}

TEST(Xml, NamespacesAndPrefixesDoNotMatter) {
  EXPECT_EQ(
      parse_upload_id("<a:InitiateMultipartUploadResult xmlns:a='x'><a:UploadId>u</a:UploadId>"
                      "</a:InitiateMultipartUploadResult>"),
      "u");
  EXPECT_EQ(parse_upload_id("<InitiateMultipartUploadResult/>"), std::nullopt);
}

TEST(Xml, ATextInPiecesIsReadWhole) {
  EXPECT_EQ(
      parse_upload_id("<InitiateMultipartUploadResult><UploadId>a<![CDATA[<b]]>c<!-- no -->d"
                      "</UploadId></InitiateMultipartUploadResult>"),
      "a<bcd");
  EXPECT_EQ(
      parse_error("<Error><Code>Slow<![CDATA[Down]]></Code></Error>")->at("Code"), "SlowDown");
}

TEST(Xml, CompleteBodyQuotesWhatXmlDemands) {
  EXPECT_EQ(
      complete_body({{1, "\"a\""}, {2, "<&>"}}),
      "<?xml version=\"1.0\"?><CompleteMultipartUpload "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>&lt;&amp;&gt;</ETag></Part>"
      "</CompleteMultipartUpload>");
}

TEST(Xml, KeysInListingsAreDecodedWhereTheStoreEncodedThem) {
  const auto page = [](const std::string& encoding) {
    return parse_objects(
        "<ListBucketResult>" + encoding +
        "<Contents><Key>a%0Ab+c%2B%zz%</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified>"
        "</Contents></ListBucketResult>");
  };
  EXPECT_EQ(page("<EncodingType>url</EncodingType>")->objects.at(0).key, "a\nb c+%zz%");
  EXPECT_EQ(page("")->objects.at(0).key, "a%0Ab+c%2B%zz%");
}

TEST(Xml, AListingThatDoesNotSayHowItGoesOnIsNone) {
  const std::string open = "<ListBucketResult><IsTruncated>true</IsTruncated>";
  EXPECT_FALSE(parse_objects(open + "</ListBucketResult>"));
  const auto page =
      parse_objects(open + "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next_token, "t");
}

TEST(Xml, AnEntryWithoutATimeMakesAListingUnreadable) {
  EXPECT_FALSE(
      parse_objects("<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>"));
  EXPECT_FALSE(parse_uploads(
      "<ListMultipartUploadsResult><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>"));
}

TEST(Xml, CompletedMayComeWithoutAnETag) {
  EXPECT_EQ(parse_completed("<CompleteMultipartUploadResult/>"), "");
  EXPECT_EQ(parse_completed("<Error/>"), std::nullopt);
}

}  // namespace
}  // namespace s3reel::s3
