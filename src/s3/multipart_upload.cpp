#include "s3/multipart_upload.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/cancelled.h"
#include "s3/crc64.h"
#include "s3/deadline.h"
#include "s3/digest.h"
#include "s3/upload_removal.h"
#include "s3/wall_time.h"

namespace s3reel::s3 {
namespace {

std::string damage_text(const DamagedPart& part) {
  return fmt::format(
      "the store's ETag of part {} is {}, the MD5 of its bytes {}",
      part.number,
      part.etag,
      part.md5);
}

}  // namespace

MultipartUpload::MultipartUpload(Client& client, base::Clock& clock, base::Log log, Setup setup)
    : client_(client),
      clock_(clock),
      log_(std::move(log)),
      setup_(std::move(setup)),
      started_(utc_text(clock.wall())) {}

MultipartUpload::~MultipartUpload() {
  end_requests();
}

void MultipartUpload::submit(PartBody part, int in_flight, const std::stop_token& stop) {
  const auto room = static_cast<std::size_t>(std::max(in_flight, 1));
  std::unique_lock lock(mutex_);
  wake_.wait(lock, stop, [&] { return ending_ || error_ || pending_locked() < room; });
  throw_if_ended_locked();
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  begun_ = true;
  queue_.push_back(std::move(part));
  start_thread_locked();
  wake_.notify_all();
}

std::vector<Part> MultipartUpload::finish(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, stop, [&] { return ending_ || error_ || pending_locked() == 0; });
  throw_if_ended_locked();
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  std::vector<Part> parts;
  for (SentPart& sent : stored_in_order_locked()) {
    parts.push_back(std::move(sent.part));
  }
  return parts;
}

std::vector<SentPart> MultipartUpload::stored_in_order_locked() const {
  std::vector<SentPart> parts = stored_;
  std::sort(parts.begin(), parts.end(), [](const SentPart& a, const SentPart& b) {
    return a.part.number < b.part.number;
  });
  return parts;
}

SentBytes MultipartUpload::sent() const {
  const std::scoped_lock lock(mutex_);
  SentBytes bytes{.etags_are_md5 = etags_.are_md5()};
  std::vector<Part> parts;
  for (SentPart& sent : stored_in_order_locked()) {
    bytes.crc64 = combine_crc64nvme(bytes.crc64, sent.crc64, sent.size);
    bytes.size += sent.size;
    parts.push_back(std::move(sent.part));
  }
  bytes.etag = bytes.etags_are_md5 ? multipart_etag(parts) : "";
  return bytes;
}

void MultipartUpload::check() const {
  const std::scoped_lock lock(mutex_);
  throw_if_ended_locked();
}

std::string MultipartUpload::id() const {
  const std::scoped_lock lock(mutex_);
  return id_;
}

bool MultipartUpload::begun() const {
  const std::scoped_lock lock(mutex_);
  return begun_;
}

void MultipartUpload::throw_if_ended_locked() const {
  if (error_) {
    std::rethrow_exception(error_);
  }
  if (ending_) {
    throw base::Cancelled();
  }
}

/// One thread more while there is work for it and the setup allows it.
void MultipartUpload::start_thread_locked() {
  const auto limit = static_cast<std::size_t>(std::max(setup_.threads, 1));
  if (threads_.size() < limit && threads_.size() < pending_locked()) {
    threads_.emplace_back([this] { run(); });
  }
}

void MultipartUpload::run() {
  for (;;) {
    PartBody part;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) {
        return;
      }
      part = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    try {
      upload(part);
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!error_) {
        error_ = std::current_exception();
      }
      drop_queue_locked();
    }
    buffers_.give_back(std::move(part.buffer));
    const std::scoped_lock lock(mutex_);
    --running_;
    wake_.notify_all();
  }
}

void MultipartUpload::drop_queue_locked() {
  for (PartBody& part : queue_) {
    buffers_.give_back(std::move(part.buffer));
  }
  queue_.clear();
}

void MultipartUpload::upload(const PartBody& part) {
  const std::string id = ensure_created();
  const Client::Body body = part.buffer.exists() ? Client::Body{part.buffer.bytes()} : part.extra;
  const auto send = [&] {
    return client_.upload_part(setup_.object, id, part.number, body, requests_stop_.get_token());
  };
  const auto damage_shown_by = [&](const Part& stored) {
    return etags_.need_md5(stored.etag) ? etags_.add(stored, md5_hex(body)) : std::nullopt;
  };
  SentPart sent{.part = send(), .size = size_of(body), .crc64 = crc64nvme(body)};
  auto damaged = damage_shown_by(sent.part);
  if (damaged && damaged->number == part.number) {
    log_.warn(fmt::format("{}: it is sent again", damage_text(*damaged)));
    sent.part = send();
    damaged->etag = unquoted(sent.part.etag);
    if (damaged->etag == damaged->md5) {
      damaged.reset();
    }
  }
  if (damaged) {  // an earlier one's bytes are gone
    throw Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "s3.UploadPart",
        .subject = setup_.object.url(),
        .reason = damage_text(*damaged),
        .hint = "nothing was published; tell the operator of the store"});
  }
  const std::scoped_lock lock(mutex_);
  stored_.push_back(std::move(sent));
}

std::string MultipartUpload::ensure_created() {
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return creation_ != Creation::running; });
    if (creation_ == Creation::created) {
      return id_;
    }
    if (creation_ != Creation::none) {
      throw base::Cancelled();  // the thread that tried to create it has kept the cause
    }
    creation_ = Creation::running;
  }
  try {
    std::string id = create();
    set_creation(Creation::created);
    return id;
  } catch (const Error& error) {
    set_creation(creation_after(error), std::current_exception());
    throw;
  } catch (...) {
    set_creation(Creation::unknown, std::current_exception());
    throw;
  }
}

/// A Create that was broken off may still be at work in the store. After any other failure the
/// listing of uploads tells whether an attempt of it has left one.
MultipartUpload::Creation MultipartUpload::creation_after(const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (!create_sent_ || error.info().kind == ErrorKind::refused) {
    return Creation::failed;
  }
  create_unanswered_ = true;
  return error.info().kind == ErrorKind::interrupted ? Creation::unknown : Creation::failed;
}

// The cause is kept before another thread can wake up and report that there was one.
void MultipartUpload::set_creation(Creation outcome, const std::exception_ptr& cause) {
  const std::scoped_lock lock(mutex_);
  creation_ = outcome;
  if (!error_) {
    error_ = cause;
  }
  wake_.notify_all();
}

std::string MultipartUpload::create() {
  const std::stop_token stop = requests_stop_.get_token();
  put_job_record(client_, record({}), stop);
  PutOptions options = setup_.options;
  options.on_lost_answer = [this] {
    const std::scoped_lock lock(mutex_);
    create_unanswered_ = true;
  };
  {
    const std::scoped_lock lock(mutex_);
    create_sent_ = true;
  }
  std::string id = client_.create_upload(setup_.object, options, stop);
  {
    const std::scoped_lock lock(mutex_);
    id_ = id;
  }
  put_job_record(client_, record(id), stop);
  return id;
}

JobRecord MultipartUpload::record(const std::string& id) const {
  const std::scoped_lock lock(mutex_);
  return {
      .destination = setup_.object,
      .token = setup_.token,
      .started = started_,
      .upload_id = id,
      .unsettled = create_unanswered_,
      .retry_deadline = setup_.retry_deadline};
}

void MultipartUpload::end_requests() noexcept {
  std::vector<std::jthread> threads;
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    drop_queue_locked();
    wake_.notify_all();
    // A part that is on its way may land after Abort; so it may finish first, for a while.
    if (!wake_.wait_for(lock, setup_.grace, [&] { return running_ == 0; })) {
      requests_stop_.request_stop();
    }
    threads.swap(threads_);
  }
  threads.clear();  // joins
}

void MultipartUpload::abort() {
  const Deadline deadline(clock_, setup_.cleanup, setup_.hurry);
  if (!remove_upload(client_, clock_, setup_.object, id(), deadline.token())) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::unavailable,
        .operation = "s3.AbortMultipartUpload",
        .subject = setup_.object.url(),
        .reason = "the upload is still there"});
  }
}

bool MultipartUpload::remove() noexcept {
  std::string cause;
  try {
    const Deadline deadline(clock_, setup_.cleanup, setup_.hurry);
    std::string id;
    Creation creation = Creation::none;
    {
      const std::scoped_lock lock(mutex_);
      id = id_;
      creation = creation_;
    }
    if (id.empty() && creation == Creation::none) {
      return true;
    }
    const bool removed = id.empty()
                             ? creation == Creation::failed
                             : remove_upload(client_, clock_, setup_.object, id, deadline.token());
    if (removed) {
      return close_record(deadline.token());
    }
  } catch (const std::exception& error) {
    cause = fmt::format(" ({})", error.what());
  }
  log_.warn(fmt::format(
      "an unfinished upload to {} may be left behind; its record is {}{}",
      setup_.object.url(),
      record({}).name().url(),
      cause));
  return false;
}

void MultipartUpload::forget() noexcept {
  try {
    const Deadline deadline(clock_, setup_.cleanup, setup_.hurry);
    static_cast<void>(close_record(deadline.token()));
  } catch (const std::exception& error) {
    log_.warn(
        fmt::format("could not delete the record {}: {}", record({}).name().url(), error.what()));
  }
}

/// Our upload is gone. False when another one of ours may be left: then the record stays.
bool MultipartUpload::close_record(const std::stop_token& stop) {
  const std::string left = strays(stop);
  if (left.empty()) {
    delete_job_record(client_, record({}), stop);
    return true;
  }
  log_.warn(fmt::format(
      "the store did not say whether it began an upload to {}: {} may be left behind; its record "
      "is {}",
      setup_.object.url(),
      left,
      record({}).name().url()));
  return false;
}

/// What a Create that got no clear answer may have left, in words. It is not ours to remove: a
/// listing does not tell it from an upload of another writer to the same key.
std::string MultipartUpload::strays(const std::stop_token& stop) {
  {
    const std::scoped_lock lock(mutex_);
    if (!create_unanswered_) {
      return {};
    }
  }
  try {
    std::vector<std::string> ids;
    for (const auto& upload : client_.list_uploads(setup_.object, stop)) {
      if (upload.key == setup_.object.key && upload.id != id()) {
        ids.push_back(upload.id);
      }
    }
    return ids.empty() ? "" : fmt::format("upload {}", fmt::join(ids, " or "));
  } catch (const Error&) {
    return "one";  // listing needs a right of its own
  }
}

}  // namespace s3reel::s3
