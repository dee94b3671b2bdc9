#include "http/curl_handle.h"

#include <new>

namespace s3reel::http {

void require_curl() {
  // A function-local constant: initialised by the first caller, thread-safe since C++11, never
  // undone, because other libraries of the process may use libcurl too.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(initialised, "curl_global_init");
}

void append(ListPtr& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) {
    throw std::bad_alloc();
  }
  static_cast<void>(list.release());  // curl_slist_append returned its owner
  list.reset(longer);
}

}  // namespace s3reel::http
