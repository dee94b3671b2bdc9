// A ranged GET over a store that answers anything: whatever it says, no byte is delivered that was
// not asked for, and success means that all of them were.

#include <array>
#include <memory>

#include "fuzz/target.h"
#include "s3/store_client.h"
#include "unit/s3/fake_http.h"

namespace s3reel::fuzz {
namespace {

/// One answer: three bytes and three lines.
s3::test::Answer next_answer(Input& input) {
  static constexpr std::array kStatus{206, 206, 200, 416, 412, 403, 404, 500};
  static constexpr std::string_view kContent = "0123456789abcdefghijklmnopqrstuvwxyz";
  s3::test::Answer answer;
  answer.status = kStatus[input.byte() % kStatus.size()];
  answer.body = kContent.substr(0, input.byte() % kContent.size());
  const int cut = input.byte();
  answer.cut_after = cut <= static_cast<int>(answer.body.size()) ? cut : -1;
  for (const char* name : {"Content-Range", "Content-Length", "ETag"}) {
    answer.headers.emplace_back(name, input.line());
  }
  return answer;
}

}  // namespace

void examine(const Bytes& bytes) {
  Input input(bytes);
  const std::uint64_t begin = input.byte() % 32;
  const std::uint64_t end = begin + 1 + input.byte() % 32;
  auto owned = std::make_unique<s3::test::FakeHttp>();
  do {
    owned->answers.push_back(next_answer(input));
  } while (!input.empty() && owned->answers.size() < 5);

  s3reel::StoreSettings settings{.endpoint_url = "http://127.0.0.1:9000", .region = "us-east-1"};
  settings.credentials = Credentials{.access_key_id = "AKID", .secret_access_key = "SECRET"};
  settings.retry.attempts = 4;
  s3::test::ManualClock clock;
  s3::StoreClient store(settings, std::move(owned), {}, clock, [] { return 1.0; });

  std::uint64_t delivered = 0;
  s3::GetRange request{.object = {"bucket", "key"}, .range = {begin, end}};
  request.on_answer = [&](const s3::RangeAnswer& answer) {
    require(answer.range.begin == begin + delivered, "a resumed range begins at the byte reached");
    require(answer.range.end <= end, "a range ends where it was asked to");
    require(answer.range.end <= answer.identity.size, "a range lies inside its object");
  };
  request.on_bytes = [&](std::span<const std::byte> data) {
    delivered += data.size();
    require(delivered <= end - begin, "no byte is delivered that was not asked for");
    return true;
  };
  try {
    const auto answer = store.get_range(request, {});
    require(answer.range.begin == begin, "the answer is to the question");
    require(delivered == answer.range.end - answer.range.begin, "success means all of the bytes");
    require(store.traffic().bytes_read == delivered, "the bytes are counted");
  } catch (const Error& error) {
    require(!error.info().reason.empty(), "a failure says why");
  }
}

}  // namespace s3reel::fuzz
