#include "s3/store_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "s3/header_values.h"
#include "s3/ranged_get.h"
#include "s3/signed_route.h"
#include "s3/wall_time.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

constexpr char kMetadataPrefix[] = "x-amz-meta-";
// Completing a large upload takes S3 minutes, during which it sends a blank now and then. The
// silence of one attempt must leave time for others before the deadline.
constexpr int kCompleteStallFactor = 3;

http::Headers put_headers(const PutOptions& options) {
  http::Headers headers;
  if (!options.content_type.empty()) {
    headers.emplace_back("Content-Type", options.content_type);
  }
  for (const auto& [name, value] : options.metadata) {
    headers.emplace_back(kMetadataPrefix + name, value);
  }
  return headers;
}

std::string header(const http::Response& answer, std::string_view name) {
  return http::find_header(answer.headers, name).value_or("");
}

/// A success that does not say what it has to say: perhaps another server in between.
[[noreturn]] void throw_unreadable(const Call& call, const http::Response& answer) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::unavailable,
      .retryable = true,
      .operation = "s3." + call.operation,
      .subject = subject_of(call),
      .reason = "the store's answer is not what the operation gives",
      .hint = "check that the endpoint is an S3 service",
      .http_status = answer.status,
      .request_id = header(answer, "x-amz-request-id")});
}

std::map<std::string, std::string> metadata_of(const http::Headers& headers) {
  std::map<std::string, std::string> metadata;
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    for (char& c : lower) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (lower.starts_with(kMetadataPrefix)) {
      metadata.emplace(lower.substr(sizeof kMetadataPrefix - 1), value);
    }
  }
  return metadata;
}

bool is_missing(const Error& error) {
  return error.info().http_status == 404 && error.info().s3_code != "NoSuchBucket";
}

}  // namespace

StoreClient::StoreClient(
    const StoreSettings& settings,
    std::unique_ptr<http::Client> http,
    const base::Log& log,
    base::Clock& clock,
    Random random)
    : http_(std::move(http)),
      clock_(clock),
      sender_(
          std::make_unique<SignedRoute>(settings, log, clock),
          settings.retry,
          *http_,
          log,
          clock,
          std::move(random)) {}

Call StoreClient::call(const char* operation, const char* method, const ObjectName& object) const {
  return Call{
      .operation = operation,
      .object = object,
      .method = method,
      .stall = std::chrono::milliseconds(sender_.limits().stall_timeout_ms),
      .stall_bytes_per_second = http::Timeouts{}.stall_bytes_per_second};
}

RangeAnswer StoreClient::get_range(const GetRange& request, std::stop_token stop) {
  return RangedGet(request, sender_, {.by_version = &reads_by_version_}).run(stop);
}

std::optional<StoredObject> StoreClient::head_object(
    const ObjectName& object, HeadFor purpose, std::stop_token stop) {
  Call head = call("HeadObject", "HEAD", object);
  if (purpose == HeadFor::checksum) {
    head.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
  }
  try {
    const auto answer = sender_.send(head, stop);
    const auto size = parse_length(header(answer, "content-length"));
    if (!size) {
      throw_unreadable(head, answer);
    }
    return StoredObject{
        .identity =
            {.url = object.url(),
             .size = *size,
             .etag = header(answer, "etag"),
             .version_id = header(answer, "x-amz-version-id"),
             .last_modified = header(answer, "last-modified"),
             .content_type = header(answer, "content-type")},
        .metadata = metadata_of(answer.headers),
        .crc64nvme = header(answer, "x-amz-checksum-crc64nvme"),
        .etag_is_opaque =
            header(answer, "x-amz-server-side-encryption").starts_with("aws:kms") ||
            !header(answer, "x-amz-server-side-encryption-customer-algorithm").empty()};
  } catch (const Error& error) {
    if (is_missing(error)) {
      return std::nullopt;
    }
    throw;
  }
}

std::string StoreClient::put_object(
    const ObjectName& object, const Body& body, const PutOptions& options, std::stop_token stop) {
  Call put = call("PutObject", "PUT", object);
  put.headers = put_headers(options);
  if (options.if_none_match) {
    put.headers.emplace_back("If-None-Match", "*");
  }
  put.body = body;
  const auto answer = sender_.send(put, stop);
  sender_.add_written(size_of(body));
  return header(answer, "etag");
}

void StoreClient::delete_object(const ObjectName& object, std::stop_token stop) {
  Call remove = call("DeleteObject", "DELETE", object);
  try {
    sender_.send(remove, stop);
  } catch (const Error& error) {
    if (!is_missing(error)) {
      throw;
    }
  }
}

std::string StoreClient::create_upload(
    const ObjectName& object, const PutOptions& options, std::stop_token stop) {
  Call create = call("CreateMultipartUpload", "POST", object);
  create.query = {{"uploads", ""}};
  create.headers = put_headers(options);
  create.fresh_connection = true;
  create.on_lost_answer = options.on_lost_answer;
  std::string id;
  create.accept = [&](const http::Response& answer) {
    const auto parsed = parse_upload_id(answer.body);
    if (!parsed) {
      throw_unreadable(create, answer);
    }
    id = *parsed;
  };
  sender_.send(create, stop);
  return id;
}

Part StoreClient::upload_part(
    const ObjectName& object,
    const std::string& upload_id,
    int number,
    const Body& body,
    std::stop_token stop) {
  Call upload = call("UploadPart", "PUT", object);
  upload.detail = fmt::format("part {}", number);
  upload.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
  upload.body = body;
  upload.accept = [&](const http::Response& answer) {
    if (header(answer, "etag").empty()) {
      throw_unreadable(upload, answer);  // Complete could not name the part
    }
  };
  const auto answer = sender_.send(upload, stop);
  sender_.add_written(size_of(body));
  return Part{.number = number, .etag = header(answer, "etag")};
}

std::string StoreClient::complete_upload(
    const ObjectName& object,
    const std::string& upload_id,
    const std::vector<Part>& parts,
    const CompleteOptions& options,
    std::stop_token stop) {
  const std::string body = complete_body(parts);
  Call complete = call("CompleteMultipartUpload", "POST", object);
  complete.query = {{"uploadId", upload_id}};
  complete.headers = {
      {"Content-Type", "application/xml"}, {"x-amz-mp-object-size", std::to_string(options.size)}};
  if (options.if_none_match) {
    complete.headers.emplace_back("If-None-Match", "*");
  }
  complete.body = {std::as_bytes(std::span(body))};
  complete.stall *= kCompleteStallFactor;
  complete.stall_bytes_per_second = 0;
  std::string etag;
  complete.accept = [&](const http::Response& answer) {
    const auto parsed = parse_completed(answer.body);
    if (!parsed) {
      throw_unreadable(complete, answer);
    }
    etag = *parsed;
  };
  sender_.send(complete, stop);
  return etag;
}

void StoreClient::abort_upload(
    const ObjectName& object, const std::string& upload_id, std::stop_token stop) {
  Call abort = call("AbortMultipartUpload", "DELETE", object);
  abort.query = {{"uploadId", upload_id}};
  try {
    sender_.send(abort, stop);
  } catch (const Error& error) {
    if (!is_missing(error)) {
      throw;
    }
  }
}

base::Clock::Wall StoreClient::list_objects(
    const ObjectName& prefix, const Visitor& visit, std::stop_token stop) {
  base::Clock::Wall store_time = clock_.wall();
  ObjectsPage page;
  do {
    Call list = call("ListObjectsV2", "GET", {.bucket = prefix.bucket, .key = {}});
    list.detail = "objects below " + prefix.key;
    list.query = {{"list-type", "2"}, {"prefix", prefix.key}, {"encoding-type", "url"}};
    if (!page.next_token.empty()) {
      list.query.emplace_back("continuation-token", page.next_token);
    }
    list.accept = [&](const http::Response& answer) {
      auto parsed = parse_objects(answer.body);
      if (!parsed || (!parsed->next_token.empty() && parsed->next_token == page.next_token)) {
        throw_unreadable(list, answer);  // a token that stands still would never end
      }
      page = std::move(*parsed);
    };
    const auto answer = sender_.send(list, stop);
    store_time = parse_http_date(header(answer, "date")).value_or(store_time);
    std::for_each(page.objects.begin(), page.objects.end(), visit);
  } while (!page.next_token.empty());
  return store_time;
}

std::vector<ListedUpload> StoreClient::list_uploads(
    const ObjectName& prefix, std::stop_token stop) {
  std::vector<ListedUpload> uploads;
  std::optional<UploadsPage::Marker> marker = UploadsPage::Marker{};
  while (marker) {
    Call list = call("ListMultipartUploads", "GET", {.bucket = prefix.bucket, .key = {}});
    list.detail = "uploads below " + prefix.key;
    list.query = {{"uploads", ""}, {"prefix", prefix.key}, {"encoding-type", "url"}};
    if (!marker->key.empty()) {
      list.query.emplace_back("key-marker", marker->key);
      list.query.emplace_back("upload-id-marker", marker->id);
    }
    UploadsPage page;
    list.accept = [&](const http::Response& answer) {
      auto parsed = parse_uploads(answer.body);
      if (!parsed || parsed->next == marker) {
        throw_unreadable(list, answer);
      }
      page = std::move(*parsed);
    };
    sender_.send(list, stop);
    std::move(page.uploads.begin(), page.uploads.end(), std::back_inserter(uploads));
    marker = page.next;
  }
  return uploads;
}

std::optional<std::vector<ListedPart>> StoreClient::list_parts(
    const ObjectName& object, const std::string& upload_id, std::stop_token stop) {
  std::vector<ListedPart> parts;
  std::optional<int> marker = 0;
  while (marker) {
    Call list = call("ListParts", "GET", object);
    list.query = {{"uploadId", upload_id}};
    if (*marker > 0) {
      list.query.emplace_back("part-number-marker", std::to_string(*marker));
    }
    PartsPage page;
    list.accept = [&](const http::Response& answer) {
      auto parsed = parse_parts(answer.body);
      if (!parsed || (parsed->next_marker && *parsed->next_marker <= *marker)) {
        throw_unreadable(list, answer);
      }
      page = std::move(*parsed);
    };
    try {
      sender_.send(list, stop);
    } catch (const Error& error) {
      if (is_missing(error)) {
        return std::nullopt;
      }
      throw;
    }
    parts.insert(parts.end(), page.parts.begin(), page.parts.end());
    marker = page.next_marker;
  }
  return parts;
}

Traffic StoreClient::traffic() const {
  return sender_.traffic();
}

}  // namespace s3reel::s3
