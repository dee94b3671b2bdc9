#include "s3/s3_store.h"

#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "s3/object_reader.h"

namespace s3reel::s3 {

S3Store::Setup S3Store::setup_for(const StoreBuffers& buffers, const StoreSettings& settings) {
  Setup setup;
  setup.reader.budget = buffers.read_ahead;
  setup.writer.part_size = buffers.part_size;
  setup.writer.parts_in_flight = buffers.parts_in_flight;
  setup.writer.parts_memory = buffers.parts_memory;
  setup.writer.profile = store_profile(settings.endpoint_url);
  setup.writer.retry_deadline = std::chrono::milliseconds(settings.retry.deadline_ms);
  setup.writer.make_token = random_token;
  return setup;
}

S3Store::S3Store(std::unique_ptr<Client> client, base::Clock& clock, base::Log log, Setup setup)
    : client_(std::move(client)), clock_(clock), log_(std::move(log)), setup_(std::move(setup)) {}

std::unique_ptr<io::ByteSource> S3Store::open(const std::string& url, std::stop_token stop) {
  return ObjectReader::open(*client_, clock_, parse_s3_url(url), setup_.reader, std::move(stop));
}

std::unique_ptr<io::ObjectWriter> S3Store::create(
    const std::string& url, io::WriteOptions options, std::stop_token stop) {
  return std::make_unique<MultipartWriter>(
      *client_,
      clock_,
      log_,
      parse_s3_url(url),
      setup_.writer,
      std::move(options),
      std::move(stop));
}

std::optional<io::SourceIdentity> S3Store::head(const std::string& url, std::stop_token stop) {
  auto found = client_->head_object(parse_s3_url(url), HeadFor::existence, std::move(stop));
  return found ? std::optional(std::move(found->identity)) : std::nullopt;
}

std::string random_token() {
  std::random_device random;
  std::string token;
  for (int word = 0; word < 4; ++word) {
    token += fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
  }
  return token;
}

}  // namespace s3reel::s3
