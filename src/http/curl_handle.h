#pragma once

/// RAII and checked calls over libcurl's C handles.

#include <memory>
#include <string>

#include <curl/curl.h>

#include "s3reel/error.h"

namespace s3reel::http {

struct EasyDelete {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};

struct MultiDelete {
  void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};

struct ListDelete {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

using EasyPtr = std::unique_ptr<CURL, EasyDelete>;
using MultiPtr = std::unique_ptr<CURLM, MultiDelete>;
using ListPtr = std::unique_ptr<curl_slist, ListDelete>;

/// libcurl's process-wide set-up, done once before the first handle.
void require_curl();

inline void check(CURLcode code, const char* what) {
  if (code != CURLE_OK) {
    throw Error(
        ErrorInfo{.operation = what, .subject = "libcurl", .reason = curl_easy_strerror(code)});
  }
}

inline void check(CURLMcode code, const char* what) {
  if (code != CURLM_OK) {
    throw Error(
        ErrorInfo{.operation = what, .subject = "libcurl", .reason = curl_multi_strerror(code)});
  }
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  check(curl_easy_setopt(easy, option, value), "curl_easy_setopt");
}

template <class Value>
void set(CURLM* multi, CURLMoption option, Value value) {
  check(curl_multi_setopt(multi, option, value), "curl_multi_setopt");
}

/// Appends a copy of `line`.
void append(ListPtr& list, const std::string& line);

}  // namespace s3reel::http
