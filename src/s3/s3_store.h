#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "io/object_store.h"
#include "s3/client.h"
#include "s3/multipart_writer.h"
#include "s3/read_cursor.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// Limits of a store's buffers, in bytes unless said otherwise.
struct StoreBuffers {
  std::uint64_t read_ahead = ReaderSettings{}.budget;
  std::uint64_t part_size = WriterSetup{}.part_size;
  int parts_in_flight = WriterSetup{}.parts_in_flight;
  std::uint64_t parts_memory = WriterSetup{}.parts_memory;
};

/// One S3 endpoint as a place that holds objects. Takes s3:// locations only.
class S3Store final : public io::ObjectStore {
 public:
  struct Setup {
    ReaderSettings reader{};
    WriterSetup writer{};
  };

  /// Conditions from the endpoint that the client talks to (none: AWS), tokens from the system's
  /// random source.
  static Setup setup_for(const StoreBuffers& buffers, const StoreSettings& settings);

  /// `clock` must outlive the store.
  S3Store(std::unique_ptr<Client> client, base::Clock& clock, base::Log log, Setup setup);

  std::unique_ptr<io::ByteSource> open(const std::string& url, std::stop_token stop) override;
  std::unique_ptr<io::ObjectWriter> create(
      const std::string& url, io::WriteOptions options, std::stop_token stop) override;
  std::optional<io::SourceIdentity> head(const std::string& url, std::stop_token stop) override;

  /// Requests and bytes so far, for the report.
  [[nodiscard]] Traffic traffic() const { return client_->traffic(); }

 private:
  const std::unique_ptr<Client> client_;
  base::Clock& clock_;
  const base::Log log_;
  const Setup setup_;
};

/// 128 random bits as 32 hexadecimal digits.
std::string random_token();

}  // namespace s3reel::s3
