#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "s3/client.h"
#include "s3/retry.h"
#include "s3/sender.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// Client over HTTP: the operations of S3, as requests of a Sender.
class StoreClient final : public Client {
 public:
  /// `settings` must be complete (settings.h). Owns `http`; `clock` must outlive it. No request is
  /// sent.
  StoreClient(
      const StoreSettings& settings,
      std::unique_ptr<http::Client> http,
      const base::Log& log,
      base::Clock& clock,
      Random random);

  RangeAnswer get_range(const GetRange& request, std::stop_token stop) override;
  std::optional<StoredObject> head_object(
      const ObjectName& object, HeadFor purpose, std::stop_token stop) override;
  std::string put_object(
      const ObjectName& object,
      const Body& body,
      const PutOptions& options,
      std::stop_token stop) override;
  void delete_object(const ObjectName& object, std::stop_token stop) override;
  std::string create_upload(
      const ObjectName& object, const PutOptions& options, std::stop_token stop) override;
  Part upload_part(
      const ObjectName& object,
      const std::string& upload_id,
      int number,
      const Body& body,
      std::stop_token stop) override;
  std::string complete_upload(
      const ObjectName& object,
      const std::string& upload_id,
      const std::vector<Part>& parts,
      const CompleteOptions& options,
      std::stop_token stop) override;
  void abort_upload(
      const ObjectName& object, const std::string& upload_id, std::stop_token stop) override;
  base::Clock::Wall list_objects(
      const ObjectName& prefix, const Visitor& visit, std::stop_token stop) override;
  std::vector<ListedUpload> list_uploads(const ObjectName& prefix, std::stop_token stop) override;
  std::optional<std::vector<ListedPart>> list_parts(
      const ObjectName& object, const std::string& upload_id, std::stop_token stop) override;
  [[nodiscard]] Traffic traffic() const override;

 private:
  [[nodiscard]] Call call(
      const char* operation, const char* method, const ObjectName& object) const;

  std::unique_ptr<http::Client> http_;
  base::Clock& clock_;
  Sender sender_;
  std::atomic<bool> reads_by_version_{true};
};

}  // namespace s3reel::s3
