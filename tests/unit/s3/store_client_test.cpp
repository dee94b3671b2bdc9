#include "s3/store_client.h"

#include "base/cancelled.h"
#include "s3/wall_time.h"
#include "unit/s3/store_fixture.h"

namespace s3reel::s3 {
namespace {

using test::Answer;
using test::error_xml;
using test::FakeHttp;
using test::StoreTest;
using testing::HasSubstr;
using testing::Not;

constexpr char kDate[] = "Sun, 06 Nov 1994 08:49:37 GMT";

class StoreClientTest : public StoreTest {
 protected:
  static Client::Body body_of(const std::string& text) { return {std::as_bytes(std::span(text))}; }

  ErrorInfo put_failure() {
    return failure([&] { store().put_object(object, {}, {}, {}); });
  }
};

TEST_F(StoreClientTest, PutSendsTheBodySignedByItsHash) {
  answers = {{.headers = {{"ETag", "\"e\""}}}};
  const std::string first = "hello ";
  const std::string second = "world";
  const Client::Body body = {std::as_bytes(std::span(first)), std::as_bytes(std::span(second))};
  const PutOptions options{
      .content_type = "video/mp4", .metadata = {{"s3reel-job", "j"}}, .if_none_match = true};
  EXPECT_EQ(store().put_object(object, body, options, {}), "\"e\"");
  const auto& seen = http->seen.at(0);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.url, "http://127.0.0.1:9000/bucket/key.mp4");
  EXPECT_EQ(seen.body, "hello world");
  EXPECT_EQ(
      seen.header("x-amz-content-sha256"),
      "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
  EXPECT_EQ(seen.header("content-type"), "video/mp4");
  EXPECT_EQ(seen.header("x-amz-meta-s3reel-job"), "j");
  EXPECT_EQ(seen.header("if-none-match"), "*");
  EXPECT_EQ(seen.header("x-amz-security-token"), "TOKENEXAMPLE");
  EXPECT_EQ(store().traffic().bytes_written, 11U);
}

TEST_F(StoreClientTest, NothingLoggedHoldsASecret) {
  answers = {{.status = 500, .body = error_xml("InternalError")}, {}};
  store().put_object(object, {}, {}, {});
  const std::string authorization = http->seen.at(0).header("authorization");
  ASSERT_THAT(authorization, HasSubstr("Signature="));
  const auto signature = authorization.substr(authorization.find("Signature=") + 10);
  ASSERT_EQ(lines.size(), 2U);
  for (const auto& line : lines) {
    EXPECT_THAT(line, HasSubstr("s3.PutObject s3://bucket/key.mp4"));
    EXPECT_THAT(line, Not(HasSubstr("EXAMPLE")));
    EXPECT_THAT(line, Not(HasSubstr(signature)));
  }
}

TEST_F(StoreClientTest, AKeyGoesOutAsItIs) {
  answers = {{}};
  store().delete_object({"bucket", "a b//../+%2F\xC3\xBC?&.mp4"}, {});
  EXPECT_EQ(
      http->seen.at(0).url, "http://127.0.0.1:9000/bucket/a%20b//../%2B%252F%C3%BC%3F%26.mp4");
}

TEST_F(StoreClientTest, RetriesWhatTheStoreCallsTransient) {
  for (const auto& [status, code] : std::vector<std::pair<int, std::string>>{
           {500, "InternalError"},
           {503, "SlowDown"},
           {502, ""},
           {504, ""},
           {429, "TooManyRequests"},
           {400, "RequestTimeout"},
           {409, "ConditionalRequestConflict"}}) {
    const auto failed = classify_answer(
        {.operation = "PutObject", .subject = "s"},
        {.status = status, .headers = {}, .body = error_xml(code)},
        clock.wall());
    EXPECT_TRUE(failed.info.retryable) << status << " " << code;
    EXPECT_EQ(failed.info.kind, ErrorKind::unavailable) << status << " " << code;
  }
}

TEST_F(StoreClientTest, DoesNotRetryWhatTheStoreRefuses) {
  for (const auto& [status, code, words] : std::vector<std::tuple<int, std::string, std::string>>{
           {403, "AccessDenied", "may not exist"},
           {403, "SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"},
           {403, "InvalidAccessKeyId", "AWS_ACCESS_KEY_ID"},
           {404, "NoSuchBucket", "no such bucket"},
           {404, "NoSuchKey", "no such object"},
           {404, "NoSuchUpload", "upload is gone"},
           {400, "ExpiredToken", "expired"},
           {400, "EntityTooSmall", "words"}}) {
    answers = {{.status = status, .body = error_xml(code)}};
    store();
    http->answers = answers;
    const auto before = http->seen.size();
    const auto info = put_failure();
    EXPECT_EQ(http->seen.size(), before + 1) << code;
    EXPECT_EQ(info.kind, ErrorKind::refused) << code;
    EXPECT_EQ(info.s3_code, code);
    EXPECT_EQ(info.request_id, "ID1");
    EXPECT_THAT(Error(info).what(), HasSubstr(words));
  }
}

TEST_F(StoreClientTest, WaitsAsTheStoreAsks) {
  answers = {
      {.status = 503, .headers = {{"Retry-After", "3"}}, .body = error_xml("SlowDown")},
      {.status = 500, .headers = {{"x-amz-retry-after", "1234"}}},
      {}};
  store().put_object(object, {}, {}, {});
  EXPECT_THAT(
      clock.sleeps,
      testing::ElementsAre(std::chrono::milliseconds(3'000), std::chrono::milliseconds(1'234)));
  EXPECT_EQ(store().traffic().requests.at("PutObject"), 3U);
  EXPECT_EQ(store().traffic().retries, 2U);
}

TEST_F(StoreClientTest, LimitsOfATransferAreTheClocks) {
  base::ScaledClock fast(clock, 0.05);
  auto owned = std::make_unique<FakeHttp>();
  owned->answers = {{}};
  const FakeHttp& transport = *owned;
  StoreClient client(settings, std::move(owned), base::Log(), fast, [] { return 1.0; });
  client.put_object(object, {}, {}, {});
  EXPECT_EQ(transport.seen.at(0).timeouts.stall, std::chrono::milliseconds(1'000));
  EXPECT_EQ(transport.seen.at(0).timeouts.connect, std::chrono::milliseconds(250));
}

TEST_F(StoreClientTest, CorrectsTheClockOnce) {
  clock.set_wall(clock.wall() + std::chrono::hours(3));
  answers = {
      {.status = 403, .headers = {{"Date", kDate}}, .body = error_xml("RequestTimeTooSkewed")}, {}};
  store().put_object(object, {}, {}, {});
  EXPECT_EQ(http->seen.at(0).header("x-amz-date"), "19941106T114937Z");
  EXPECT_EQ(http->seen.at(1).header("x-amz-date"), "19941106T084937Z");
  store().put_object(object, {}, {}, {});
  ASSERT_EQ(http->seen.size(), 3U);
  EXPECT_EQ(http->seen.at(2).header("x-amz-date"), "19941106T084937Z");
}

TEST_F(StoreClientTest, GivesUpWhenTheCorrectedClockIsRefusedToo) {
  answers = {
      {.status = 403, .headers = {{"Date", kDate}}, .body = error_xml("RequestTimeTooSkewed")}};
  EXPECT_EQ(put_failure().kind, ErrorKind::refused);
  EXPECT_EQ(http->seen.size(), 2U);
}

TEST_F(StoreClientTest, FollowsTheBucketToItsRegionOnce) {
  settings.endpoint_url.reset();
  answers = {
      {.status = 301,
       .headers = {{"x-amz-bucket-region", "eu-west-1"}},
       .body = error_xml("PermanentRedirect")},
      {}};
  store().put_object(object, {}, {}, {});
  EXPECT_EQ(http->seen.at(0).url, "https://bucket.s3.us-east-1.amazonaws.com/key.mp4");
  EXPECT_EQ(http->seen.at(1).url, "https://bucket.s3.eu-west-1.amazonaws.com/key.mp4");
  EXPECT_THAT(http->seen.at(1).header("authorization"), HasSubstr("/eu-west-1/s3/"));
  store().delete_object(object, {});
  EXPECT_EQ(http->seen.at(2).url, "https://bucket.s3.eu-west-1.amazonaws.com/key.mp4");
}

TEST_F(StoreClientTest, TakesTheRegionFromTheBody) {
  const auto body = error_xml("AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>");
  answers = {{.status = 400, .body = body}};
  EXPECT_EQ(put_failure().kind, ErrorKind::refused);
  ASSERT_EQ(http->seen.size(), 2U);
  EXPECT_THAT(http->seen.at(1).header("authorization"), HasSubstr("/eu-north-1/s3/"));
}

TEST_F(StoreClientTest, ARegionThatNamesAnotherHostIsNotFollowed) {
  settings.endpoint_url.reset();
  answers = {{.status = 301, .headers = {{"x-amz-bucket-region", "x@evil.example/"}}}};
  EXPECT_EQ(put_failure().kind, ErrorKind::refused);
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(StoreClientTest, AWaitOfMoreThanADayIsADay) {
  for (const http::Headers& headers : std::vector<http::Headers>{
           {{"x-amz-retry-after", "9223372036854775807"}},
           {{"Retry-After", "9223372036854775807"}},
           {{"Retry-After", "Sun, 06 Nov 2161 08:49:37 GMT"}}}) {
    const auto refusal = classify_answer({}, {.status = 503, .headers = headers}, clock.wall());
    EXPECT_EQ(refusal.retry_after, std::chrono::hours(24)) << headers[0].second;
  }
}

TEST_F(StoreClientTest, AStoreThatStallsIsThere) {
  const Answer stalled{.transport = Answer::Transport::stalled};
  answers = {stalled, stalled, stalled, {}};
  store();
  http->before_answer = [this] {
    clock.advance(std::chrono::milliseconds(settings.retry.stall_timeout_ms));
  };
  store().put_object(object, {}, {}, {});
  EXPECT_EQ(http->seen.size(), 4U);
}

TEST_F(StoreClientTest, ACompleteThatStallsThreeTimesIsAskedAFourth) {
  const Answer stalled{.transport = Answer::Transport::stalled};
  answers = {
      stalled,
      stalled,
      stalled,
      {.body = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"}};
  store();
  http->before_answer = [this] {
    clock.advance(http->seen.back().timeouts.stall);
  };
  EXPECT_EQ(store().complete_upload(object, "id", {}, {}, {}), "e");
}

TEST_F(StoreClientTest, UnreachableEndpointIsUnavailable) {
  answers = {{.transport = Answer::Transport::refused}};
  const auto info = put_failure();
  EXPECT_EQ(info.kind, ErrorKind::unavailable);
  EXPECT_THAT(info.subject, HasSubstr("http://127.0.0.1:9000"));
  EXPECT_LT(clock.now().time_since_epoch(), std::chrono::seconds(10));
}

TEST_F(StoreClientTest, HeadTellsAbsentFromRefused) {
  answers = {
      {.status = 404},
      {.headers = {{"Content-Length", "5"}, {"ETag", "\"e\""}, {"X-Amz-Meta-S3reel-Token", "t"}}},
      {.status = 403}};
  EXPECT_FALSE(store().head_object(object, HeadFor::existence, {}));
  const auto found = store().head_object(object, HeadFor::existence, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->identity.size, 5U);
  EXPECT_EQ(found->identity.url, "s3://bucket/key.mp4");
  EXPECT_EQ(found->metadata.at("s3reel-token"), "t");
  EXPECT_EQ(
      failure([&] { store().head_object(object, HeadFor::existence, {}); }).kind,
      ErrorKind::refused);
}

TEST_F(StoreClientTest, ConditionalPutThatFindsAnObjectIsRefused) {
  answers = {{.status = 412, .body = error_xml("PreconditionFailed")}};
  const auto info = failure([&] { store().put_object(object, {}, {.if_none_match = true}, {}); });
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.reason, "the object exists already");
}

TEST_F(StoreClientTest, RunsAMultipartUpload) {
  const std::string parts_page =
      "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1"
      "</NextPartNumberMarker><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
      "</ListPartsResult>";
  const std::string last_page =
      "<ListPartsResult xmlns='x'><IsTruncated>false</IsTruncated><Part><PartNumber>2"
      "</PartNumber><ETag>&quot;b&quot;</ETag></Part></ListPartsResult>";
  answers = {
      {.body = "<InitiateMultipartUploadResult><UploadId>u/1+</UploadId>"
               "</InitiateMultipartUploadResult>"},
      {.headers = {{"ETag", "\"a\""}}},
      {.body = parts_page},
      {.body = last_page},
      {.body = "  \n <CompleteMultipartUploadResult><ETag>&quot;c-2&quot;</ETag>"
               "</CompleteMultipartUploadResult>"},
      {.status = 404, .body = error_xml("NoSuchUpload")}};
  EXPECT_EQ(store().create_upload(object, {}, {}), "u/1+");
  const std::string data = "x";
  EXPECT_EQ(store().upload_part(object, "u/1+", 7, body_of(data), {}).etag, "\"a\"");
  EXPECT_THAT(http->seen.at(1).url, testing::EndsWith("?partNumber=7&uploadId=u%2F1%2B"));
  const auto parts = store().list_parts(object, "u/1+", {});
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2U);
  EXPECT_EQ(parts->at(1).number, 2);
  EXPECT_EQ(parts->at(1).etag, "\"b\"");
  EXPECT_THAT(http->seen.at(3).url, HasSubstr("part-number-marker=1"));
  const std::vector<Part> listed{{1, parts->at(0).etag}, {2, parts->at(1).etag}};
  EXPECT_EQ(store().complete_upload(object, "u/1+", listed, {.size = 9}, {}), "\"c-2\"");
  EXPECT_EQ(http->seen.at(4).header("x-amz-mp-object-size"), "9");
  EXPECT_THAT(http->seen.at(4).body, HasSubstr("<PartNumber>2</PartNumber><ETag>\"b\"</ETag>"));
  EXPECT_GT(http->seen.at(4).timeouts.stall, http->seen.at(1).timeouts.stall);
  EXPECT_EQ(http->seen.at(4).timeouts.stall_bytes_per_second, 0U);
  EXPECT_NO_THROW(store().abort_upload(object, "u/1+", {}));
}

TEST_F(StoreClientTest, ASuccessThatHoldsAnErrorIsRepeatedAsItsCodeSays) {
  answers = {
      {.body = "\n\n" + error_xml("InternalError")},
      {.body = error_xml("SlowDown")},
      {.body = "<CompleteMultipartUploadResult/>"}};
  EXPECT_EQ(store().complete_upload(object, "u", {{1, "\"a\""}}, {}, {}), "");
  EXPECT_EQ(http->seen.size(), 3U);
}

TEST_F(StoreClientTest, ASuccessThatHoldsAFinalErrorIsThatError) {
  answers = {{.body = error_xml("InvalidPart")}};
  const auto info = failure([&] { store().complete_upload(object, "u", {{1, "\"a\""}}, {}, {}); });
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.s3_code, "InvalidPart");
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(StoreClientTest, ALostCompleteAnswerIsAskedForAgain) {
  answers = {
      {.transport = Answer::Transport::broken}, {.status = 404, .body = error_xml("NoSuchUpload")}};
  const auto info = failure([&] { store().complete_upload(object, "u", {{1, "\"a\""}}, {}, {}); });
  EXPECT_EQ(info.s3_code, "NoSuchUpload");
  EXPECT_EQ(http->seen.size(), 2U);
  EXPECT_TRUE(http->seen.at(1).fresh_connection);
}

TEST_F(StoreClientTest, ACreateWithoutAnswerIsToldAndNeverRepeatedUnseen) {
  answers = {
      {.transport = Answer::Transport::refused},
      {.transport = Answer::Transport::broken},
      {.body = "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
               "</InitiateMultipartUploadResult>"}};
  int lost = 0;
  const PutOptions options{.on_lost_answer = [&lost] {
    ++lost;
  }};
  EXPECT_EQ(store().create_upload(object, options, {}), "u");
  EXPECT_EQ(lost, 1);
  EXPECT_TRUE(http->seen.at(0).fresh_connection);
}

TEST_F(StoreClientTest, ACreateThatAServerFailedMayHaveBegunAnUpload) {
  const Answer begun{
      .body =
          "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
          "</InitiateMultipartUploadResult>"};
  const auto region = std::string("<Region>eu-west-1</Region>");
  answers = {
      {.status = 400, .body = error_xml("AuthorizationHeaderMalformed", region)},
      {.status = 504, .body = "<html>Gateway Time-out</html>"},
      {.status = 500, .body = error_xml("InternalError")},
      {.body = error_xml("InternalError")},
      {.body = "<InitiateMultipart"},
      begun};
  std::vector<std::size_t> lost;  // answers given by then
  const PutOptions options{.on_lost_answer = [&] {
    lost.push_back(http->seen.size());
  }};
  EXPECT_EQ(store().create_upload(object, options, {}), "u");
  EXPECT_THAT(lost, testing::ElementsAre(2U, 3U, 4U, 5U)) << "a plain refusal began nothing";
}

TEST_F(StoreClientTest, ListsUploadsPageByPage) {
  const auto upload = [](const std::string& key, const std::string& id) {
    return "<Upload><Key>" + key + "</Key><UploadId>" + id +
           "</UploadId><Initiated>2024-01-02T03:04:05.000Z</Initiated></Upload>";
  };
  answers = {
      {.body = "<ListMultipartUploadsResult><EncodingType>url</EncodingType>"
               "<IsTruncated>true</IsTruncated><NextKeyMarker>key%2Bb</NextKeyMarker>"
               "<NextUploadIdMarker>u/b</NextUploadIdMarker>" +
               upload("key+a", "a") + "</ListMultipartUploadsResult>"},
      {.body = "<ListMultipartUploadsResult>" + upload("key.mp4", "b") +
               "</ListMultipartUploadsResult>"}};
  const auto uploads = store().list_uploads(object, {});
  ASSERT_EQ(uploads.size(), 2U);
  EXPECT_EQ(uploads.at(0).key, "key a");
  EXPECT_EQ(uploads.at(1).id, "b");
  EXPECT_EQ(utc_text(uploads.at(1).initiated), "2024-01-02T03:04:05Z");
  const std::string url = "http://127.0.0.1:9000/bucket/?uploads=&prefix=key.mp4&encoding-type=url";
  EXPECT_EQ(http->seen.at(0).url, url);
  EXPECT_EQ(http->seen.at(1).url, url + "&key-marker=key%2Bb&upload-id-marker=u%2Fb");
}

TEST_F(StoreClientTest, ListsObjectsPageByPageByTheStoresClock) {
  const auto page = [](const std::string& key, const std::string& next) {
    return "<ListBucketResult>" + next + "<Contents><Key>" + key +
           "</Key><LastModified>2024-01-02T03:04:05.000Z</LastModified></Contents>"
           "</ListBucketResult>";
  };
  const std::string more =
      "<IsTruncated>true</IsTruncated><NextContinuationToken>t+1</NextContinuationToken>";
  answers = {
      {.body = page("a", more)},
      {.headers = {{"Date", "Tue, 02 Jan 2024 03:04:06 GMT"}}, .body = page("b", "")}};
  std::vector<std::string> keys;
  const auto now =
      store().list_objects(object, [&](const ListedObject& one) { keys.push_back(one.key); }, {});
  EXPECT_THAT(keys, testing::ElementsAre("a", "b"));
  EXPECT_EQ(utc_text(now), "2024-01-02T03:04:06Z");
  EXPECT_EQ(
      http->seen.at(0).url,
      "http://127.0.0.1:9000/bucket/?list-type=2&prefix=key.mp4&encoding-type=url");
  EXPECT_THAT(http->seen.at(1).url, testing::EndsWith("&continuation-token=t%2B1"));
}

TEST_F(StoreClientTest, APageThatRepeatsItselfIsNoAnswer) {
  settings.retry.attempts = 2;
  const std::string page =
      "<ListBucketResult><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
  answers = {{.body = page}, {.body = page}, {.body = page}};
  const auto info = failure([&] { store().list_objects(object, [](const ListedObject&) {}, {}); });
  EXPECT_EQ(info.kind, ErrorKind::unavailable);
}

TEST_F(StoreClientTest, HeadAsksForAChecksumWhereItIsWanted) {
  answers = {
      {.headers = {{"Content-Length", "1"}, {"x-amz-server-side-encryption", "AES256"}}},
      {.headers = {
           {"Content-Length", "1"},
           {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
           {"x-amz-server-side-encryption", "aws:kms"}}}};
  const auto plain = store().head_object(object, HeadFor::existence, {});
  EXPECT_EQ(http->seen.at(0).header("x-amz-checksum-mode"), "");
  EXPECT_EQ(plain->crc64nvme, "");
  EXPECT_FALSE(plain->etag_is_opaque);
  const auto full = store().head_object(object, HeadFor::checksum, {});
  EXPECT_EQ(http->seen.at(1).header("x-amz-checksum-mode"), "ENABLED");
  EXPECT_EQ(full->crc64nvme, "rosUhgp5mIg=");
  EXPECT_TRUE(full->etag_is_opaque);
}

TEST_F(StoreClientTest, ConflictOnCompleteNeedsANewUpload) {
  answers = {{.status = 409, .body = error_xml("ConditionalRequestConflict")}};
  const auto info = failure([&] {
    store().complete_upload(object, "u", {{1, "\"a\""}}, {.size = 1, .if_none_match = true}, {});
  });
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(StoreClientTest, AnAnswerThatIsNoS3AnswerIsNotASuccess) {
  settings.retry.attempts = 2;
  answers = {{.body = "<html>welcome</html>"}};
  EXPECT_EQ(failure([&] { store().create_upload(object, {}, {}); }).kind, ErrorKind::unavailable);
  const std::string data = "x";
  EXPECT_EQ(
      failure([&] { store().upload_part(object, "u", 1, body_of(data), {}); }).kind,
      ErrorKind::unavailable);
  EXPECT_EQ(
      failure([&] { store().complete_upload(object, "u", {}, {}, {}); }).kind,
      ErrorKind::unavailable);
  EXPECT_EQ(http->seen.size(), 6U);
}

TEST_F(StoreClientTest, AHeaderValueCannotSmuggleAnotherHeader) {
  answers = {{}};
  const auto info = failure(
      [&] { store().put_object(object, {}, {.content_type = "a\r\nx-amz-acl: public"}, {}); });
  EXPECT_EQ(info.kind, ErrorKind::usage);
  EXPECT_TRUE(http->seen.empty());
}

TEST_F(StoreClientTest, AStopIsNotAFailureOfTheStore) {
  answers = {{}};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(store().put_object(object, {}, {}, stop.get_token()), base::Cancelled);
}

}  // namespace
}  // namespace s3reel::s3
