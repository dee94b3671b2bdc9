#include "s3/xml.h"

#include <sstream>

#include <pugixml.hpp>

#include "s3/uri.h"
#include "s3/wall_time.h"

namespace s3reel::s3 {
namespace {

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child(const pugi::xml_node& parent, std::string_view name) {
  for (const auto& node : parent.children()) {
    if (local_name(node) == name) {
      return node;
    }
  }
  return {};
}

/// The whole text of an element, which CDATA sections and comments cut into pieces.
std::string text_of(const pugi::xml_node& element) {
  std::string text;
  for (const auto& piece : element.children()) {
    if (piece.type() == pugi::node_pcdata || piece.type() == pugi::node_cdata) {
      text += piece.value();
    }
  }
  return text;
}

std::string text_of(const pugi::xml_node& parent, std::string_view name) {
  return text_of(child(parent, name));
}

/// The root element of `body` if it has that name. `document` owns it.
pugi::xml_node root(pugi::xml_document& document, std::string_view body, std::string_view name) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) {
    return {};
  }
  body.remove_prefix(begin);
  if (!document.load_buffer(body.data(), body.size())) {
    return {};
  }
  const auto element = document.document_element();
  return local_name(element) == name ? element : pugi::xml_node{};
}

bool is_truncated(const pugi::xml_node& answer) {
  return child(answer, "IsTruncated").text().as_bool();
}

/// A key in an answer to a request with encoding-type=url, which a store may not have heeded.
std::string key_of(
    const pugi::xml_node& answer, const pugi::xml_node& parent, std::string_view name) {
  const std::string text = text_of(parent, name);
  return text_of(answer, "EncodingType") == "url" ? uri_decode(text) : text;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_error(std::string_view body) {
  pugi::xml_document document;
  const auto error = root(document, body, "Error");
  if (!error) {
    return std::nullopt;
  }
  std::map<std::string, std::string> fields;
  for (const auto& node : error.children()) {
    if (node.type() == pugi::node_element) {
      fields.emplace(local_name(node), text_of(node));
    }
  }
  return fields;
}

std::optional<std::string> parse_upload_id(std::string_view body) {
  pugi::xml_document document;
  const auto answer = root(document, body, "InitiateMultipartUploadResult");
  std::string id = text_of(answer, "UploadId");
  return id.empty() ? std::nullopt : std::optional(std::move(id));
}

std::optional<std::string> parse_completed(std::string_view body) {
  pugi::xml_document document;
  const auto answer = root(document, body, "CompleteMultipartUploadResult");
  if (!answer) {
    return std::nullopt;
  }
  return text_of(answer, "ETag");
}

std::optional<ObjectsPage> parse_objects(std::string_view body) {
  pugi::xml_document document;
  const auto answer = root(document, body, "ListBucketResult");
  if (!answer) {
    return std::nullopt;
  }
  ObjectsPage page;
  for (const auto& node : answer.children()) {
    if (local_name(node) != "Contents") {
      continue;
    }
    const auto modified = parse_utc(text_of(node, "LastModified"));
    if (!modified) {
      return std::nullopt;
    }
    page.objects.push_back({.key = key_of(answer, node, "Key"), .modified = *modified});
  }
  page.next_token = text_of(answer, "NextContinuationToken");
  // A store without version 2 has none: to stop there would pass for the end of the listing.
  return is_truncated(answer) == page.next_token.empty() ? std::nullopt : std::optional(page);
}

std::optional<UploadsPage> parse_uploads(std::string_view body) {
  pugi::xml_document document;
  const auto answer = root(document, body, "ListMultipartUploadsResult");
  if (!answer) {
    return std::nullopt;
  }
  UploadsPage page;
  for (const auto& node : answer.children()) {
    if (local_name(node) != "Upload") {
      continue;
    }
    const auto initiated = parse_utc(text_of(node, "Initiated"));
    if (!initiated) {
      return std::nullopt;
    }
    page.uploads.push_back(
        {.key = key_of(answer, node, "Key"),
         .id = text_of(node, "UploadId"),
         .initiated = *initiated});
  }
  if (is_truncated(answer)) {
    page.next = {
        .key = key_of(answer, answer, "NextKeyMarker"),
        .id = text_of(answer, "NextUploadIdMarker")};
  }
  return page;
}

std::optional<PartsPage> parse_parts(std::string_view body) {
  pugi::xml_document document;
  const auto answer = root(document, body, "ListPartsResult");
  if (!answer) {
    return std::nullopt;
  }
  PartsPage page;
  for (const auto& node : answer.children()) {
    if (local_name(node) != "Part") {
      continue;
    }
    page.parts.push_back(
        {.number = child(node, "PartNumber").text().as_int(),
         .etag = text_of(node, "ETag"),
         .size = child(node, "Size").text().as_ullong(),
         .modified = parse_utc(text_of(node, "LastModified"))});
  }
  if (is_truncated(answer)) {
    page.next_marker = child(answer, "NextPartNumberMarker").text().as_int();
  }
  return page;
}

std::string complete_body(const std::vector<Part>& parts) {
  pugi::xml_document document;
  auto list = document.append_child("CompleteMultipartUpload");
  list.append_attribute("xmlns") = "http://s3.amazonaws.com/doc/2006-03-01/";
  for (const auto& part : parts) {
    auto node = list.append_child("Part");
    node.append_child("PartNumber").text() = part.number;
    node.append_child("ETag").text() = part.etag.c_str();
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

}  // namespace s3reel::s3
