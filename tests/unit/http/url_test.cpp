#include "http/url.h"

#include <gtest/gtest.h>

namespace s3reel::http {
namespace {

constexpr char kBase[] = "https://host:8443/films/a//../b.mp4?x=1";

TEST(ResolveReference, TakesEveryFormOfALocation) {
  for (const auto& [reference, expected] :
       {std::pair{"https://edge/k?t=1", "https://edge/k?t=1"},
        std::pair{"//edge/k", "https://edge/k"},
        std::pair{"/k//../l", "https://host:8443/k//../l"},
        std::pair{"c.mp4", "https://host:8443/films/a//../c.mp4"},
        std::pair{"http://edge/", "http://edge/"},
        std::pair{"/a b", "https://host:8443/a%20b"}}) {
    EXPECT_EQ(resolve_reference(kBase, reference), expected);
  }
}

TEST(ResolveReference, LeadsNowhereButTheWebAndAsNobody) {
  for (const char* reference :
       {"file:///etc/passwd",
        "ftp://h/k",
        "gopher://h/",
        "https://me@h/k",
        "https://me:pw@h/k",
        "https://m\xc3\xbcnchen/k"}) {
    EXPECT_EQ(resolve_reference(kBase, reference), std::nullopt) << reference;
  }
  EXPECT_EQ(resolve_reference("no address", "/k"), std::nullopt);
}

}  // namespace
}  // namespace s3reel::http
