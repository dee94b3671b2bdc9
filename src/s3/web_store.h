#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "io/object_store.h"
#include "s3/client.h"
#include "s3/read_cursor.h"

namespace s3reel::s3 {

/// What web servers give: http:// and https:// locations, to read only.
class WebStore final : public io::ObjectStore {
 public:
  /// `clock` must outlive the store.
  WebStore(std::unique_ptr<RangeClient> client, base::Clock& clock, ReaderSettings reader);

  std::unique_ptr<io::ByteSource> open(const std::string& url, std::stop_token stop) override;

  /// Both throw Error{usage}: nothing is published on the web.
  std::unique_ptr<io::ObjectWriter> create(
      const std::string& url, io::WriteOptions options, std::stop_token stop) override;
  std::optional<io::SourceIdentity> head(const std::string& url, std::stop_token stop) override;

  [[nodiscard]] Traffic traffic() const { return client_->traffic(); }

 private:
  const std::unique_ptr<RangeClient> client_;
  base::Clock& clock_;
  const ReaderSettings reader_;
};

}  // namespace s3reel::s3
