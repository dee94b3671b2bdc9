#include "s3/web_store.h"

#include <utility>

#include "s3/object_reader.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

[[noreturn]] void refuse_to_write(const std::string& url) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "publish",
      .subject = parse_web_url(url).url(),
      .reason = "a web address is for reading only",
      .hint = "name the object as s3://bucket/key"});
}

}  // namespace

WebStore::WebStore(std::unique_ptr<RangeClient> client, base::Clock& clock, ReaderSettings reader)
    : client_(std::move(client)), clock_(clock), reader_(reader) {}

std::unique_ptr<io::ByteSource> WebStore::open(const std::string& url, std::stop_token stop) {
  return ObjectReader::open(*client_, clock_, parse_web_url(url), reader_, std::move(stop));
}

std::unique_ptr<io::ObjectWriter> WebStore::create(
    const std::string& url, io::WriteOptions options, std::stop_token stop) {
  static_cast<void>(options);
  static_cast<void>(stop);
  refuse_to_write(url);
}

std::optional<io::SourceIdentity> WebStore::head(const std::string& url, std::stop_token stop) {
  static_cast<void>(stop);
  refuse_to_write(url);
}

}  // namespace s3reel::s3
