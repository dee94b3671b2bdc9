#include "http/url.h"

#include <algorithm>
#include <memory>
#include <new>

#include <curl/curl.h>

namespace s3reel::http {
namespace {

struct UrlDelete {
  void operator()(CURLU* handle) const noexcept { curl_url_cleanup(handle); }
};

struct TextDelete {
  void operator()(char* text) const noexcept { curl_free(text); }
};

std::optional<std::string> part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<char, TextDelete> owner(text);
  return std::string(text);
}

}  // namespace

std::optional<std::string> resolve_reference(
    const std::string& base, const std::string& reference) {
  const std::unique_ptr<CURLU, UrlDelete> url(curl_url());
  if (!url) {
    throw std::bad_alloc();
  }
  // As they are: keys hold "..", "//" and the like. Servers do send blanks.
  const unsigned flags = CURLU_PATH_AS_IS | CURLU_URLENCODE;
  if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), flags) != CURLUE_OK) {
    return std::nullopt;
  }
  const auto scheme = part(url.get(), CURLUPART_SCHEME);
  if ((scheme != "http" && scheme != "https") || part(url.get(), CURLUPART_USER)) {
    return std::nullopt;
  }
  const auto to = part(url.get(), CURLUPART_URL);
  const bool ascii =
      to && std::all_of(to->begin(), to->end(), [](unsigned char c) {
        return c > ' ' && c < 0x7F;  // of a host in another script libcurl leaves the bytes
      });
  return ascii ? to : std::nullopt;
}

}  // namespace s3reel::http
