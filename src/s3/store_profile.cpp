#include "s3/store_profile.h"

#include <string_view>

namespace s3reel::s3 {
namespace {

std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  }
  return url.substr(0, url.find_first_of(":/?"));
}

bool is_aws(std::string_view host) {
  return host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
}

}  // namespace

StoreProfile store_profile(const std::optional<std::string>& endpoint_url) {
  if (!endpoint_url || endpoint_url->empty() || is_aws(host_of(*endpoint_url))) {
    return {.conditional_put = true, .conditional_complete = true};
  }
  return {};
}

}  // namespace s3reel::s3
