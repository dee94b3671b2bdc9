// A ranged GET over a store or web server that answers anything: whatever it says, no byte is
// delivered that was not asked for, and success means that all of them were.

#include <array>
#include <deque>
#include <memory>

#include "fuzz/target.h"
#include "s3/store_client.h"
#include "s3/web_client.h"
#include "unit/s3/fake_http.h"

namespace s3reel::fuzz {
namespace {

/// One answer: three bytes and three lines.
test::Answer next_answer(Input& input) {
  static constexpr std::array kStatus{206, 206, 200, 416, 412, 403, 404, 500};
  static constexpr std::string_view kContent = "0123456789abcdefghijklmnopqrstuvwxyz";
  test::Answer answer;
  answer.status = kStatus[input.byte() % kStatus.size()];
  answer.body = kContent.substr(0, input.byte() % kContent.size());
  const int cut = input.byte();
  answer.cut_after = cut <= static_cast<int>(answer.body.size()) ? cut : -1;
  for (const char* name : {"Content-Range", "Content-Length", "ETag"}) {
    answer.headers.emplace_back(name, input.line());
  }
  return answer;
}

std::unique_ptr<test::FakeHttp> answering(const std::deque<test::Answer>& answers) {
  auto http = std::make_unique<test::FakeHttp>();
  http->answers = answers;
  return http;
}

void check_range(s3::RangeClient& client, const s3::ObjectName& object, io::ByteRange range) {
  std::uint64_t delivered = 0;
  s3::GetRange request{.object = object, .range = range};
  request.on_answer = [&](const s3::RangeAnswer& answer) {
    require(
        answer.range.begin == range.begin + delivered,
        "a resumed range begins at the byte reached");
    require(answer.range.end <= range.end, "a range ends where it was asked to");
    require(answer.range.end <= answer.identity.size, "a range lies inside its object");
  };
  request.on_bytes = [&](std::span<const std::byte> data) {
    delivered += data.size();
    require(delivered <= range.end - range.begin, "no byte is delivered that was not asked for");
    return true;
  };
  try {
    const auto answer = client.get_range(request, {});
    require(answer.range.begin == range.begin, "the answer is to the question");
    require(delivered == answer.range.end - answer.range.begin, "success means all of the bytes");
    require(client.traffic().bytes_read == delivered, "the bytes are counted");
  } catch (const Error& error) {
    require(!error.info().reason.empty(), "a failure says why");
  }
}

}  // namespace

void examine(const Bytes& bytes) {
  Input input(bytes);
  const std::uint64_t begin = input.byte() % 32;
  const std::uint64_t end = begin + 1 + input.byte() % 32;
  std::deque<test::Answer> answers;
  do {
    answers.push_back(next_answer(input));
  } while (!input.empty() && answers.size() < 5);

  s3reel::StoreSettings settings{.endpoint_url = "http://127.0.0.1:9000", .region = "us-east-1"};
  settings.credentials = Credentials{.access_key_id = "AKID", .secret_access_key = "SECRET"};
  settings.retry.attempts = 4;
  test::ManualClock clock;
  const s3::Random random = [] {
    return 1.0;
  };
  s3::StoreClient store(settings, answering(answers), {}, clock, random);
  check_range(store, {"bucket", "key"}, {begin, end});
  s3::WebClient web(settings.retry, answering(answers), {}, clock, random);
  check_range(web, s3::parse_web_url("https://host/path?query"), {begin, end});
}

}  // namespace s3reel::fuzz
