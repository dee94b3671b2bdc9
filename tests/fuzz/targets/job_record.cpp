// The record of an upload, which anybody who may write to the bucket can have put there.

#include "s3/job_record.h"

#include "fuzz/target.h"
#include "support/fake_s3_client.h"

namespace s3reel::fuzz {
namespace {

bool same(const s3::JobRecord& a, const s3::JobRecord& b) {
  return a.destination.url() == b.destination.url() && a.token == b.token &&
         a.started == b.started && a.upload_id == b.upload_id && a.unsettled == b.unsettled;
}

}  // namespace

void examine(const Bytes& input) {
  if (input.empty()) {
    return;  // an empty object is an error of the GET
  }
  const s3::ObjectName name{.bucket = "bucket", .key = "out.mp4.s3reel/job-t0"};
  s3reel::test::FakeS3Client client;
  client.put(name.key, input);
  const auto record = s3::read_job_record(client, name, {});
  if (!record) {
    return;
  }
  require(record->name().url() == name.url(), "a record speaks of its own upload");
  s3::put_job_record(client, *record, {});
  const auto again = s3::read_job_record(client, name, {});
  require(again && same(*record, *again), "a record is read as it was put");
}

}  // namespace s3reel::fuzz
