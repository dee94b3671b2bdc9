#include "s3/multipart_writer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "s3/crc64.h"
#include "s3/digest.h"

namespace s3reel::s3 {
namespace {

PutOptions put_options(const io::WriteOptions& options, const std::string& token) {
  PutOptions result{.content_type = options.content_type, .metadata = options.metadata};
  result.metadata[kTokenKey] = token;
  return result;
}

}  // namespace

MultipartWriter::MultipartWriter(
    Client& client,
    base::Clock& clock,
    base::Log log,
    ObjectName object,
    const WriterSetup& setup,
    const io::WriteOptions& options,
    std::stop_token stop)
    : client_(client),
      clock_(clock),
      log_(std::move(log)),
      object_(std::move(object)),
      setup_(setup),
      layout_(setup.part_size, options.expected_bytes, setup.parts_memory),
      no_clobber_(options.no_clobber),
      stop_(std::move(stop)),
      token_(setup.make_token()),
      put_options_(put_options(options, token_)),
      upload_(
          client,
          clock,
          log_,
          {.object = object_,
           .options = put_options_,
           .token = token_,
           .threads = setup.parts_in_flight,
           .retry_deadline = setup.retry_deadline,
           .grace = setup.grace,
           .cleanup = setup.cleanup,
           .hurry = options.hurry}) {}

void MultipartWriter::append(std::span<const std::byte> data) {
  check_open();
  data = data.subspan(head_.append(data));
  while (!data.empty()) {
    if (!current_.exists()) {
      current_ = upload_.buffers().take(layout_.size_of(next_number_));
    }
    const std::size_t taken = current_.append(data);
    tail_bytes_ += taken;
    data = data.subspan(taken);
    if (current_.full()) {
      submit_current();
    }
  }
}

void MultipartWriter::submit_current() {
  // Number 10,000 is used; the head is part 1.
  if (next_number_ > kMaxParts) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "s3.UploadPart",
        .subject = object_.url(),
        .reason = fmt::format(
            "the result is larger than {} parts can hold ({})",
            kMaxParts,
            base::format_bytes(layout_.capacity())),
        .hint = "give a larger --memory, so that parts may grow, or a larger --part-size"});
  }
  const int number = next_number_++;
  upload_.submit(
      {.number = number, .buffer = std::exchange(current_, PartBuffer())},
      layout_.in_flight(number, setup_.parts_in_flight),
      stop_);
}

void MultipartWriter::patch(std::uint64_t offset, std::span<const std::byte> data) {
  head_.patch(offset, data);
}

void MultipartWriter::insert(std::uint64_t offset, std::vector<std::byte> data) {
  head_.insert(offset, std::move(data));
}

io::HeadPreview MultipartWriter::preview() const {
  return {.head = head_.copy(), .size = size()};
}

io::PublishedObject MultipartWriter::publish() {
  check_open();
  set_state(State::publishing);
  try {
    const bool small = !upload_.begun() && (tail_bytes_ == 0 || size() <= kSinglePutBytes);
    const Way way = small ? Way::put : Way::parts;
    const Publication::Outcome outcome = way == Way::put ? put_whole() : complete();
    set_state(State::published);
    return {
        .url = object_.url(),
        .size = size(),
        .etag = outcome.etag,
        .version_id = outcome.version_id,
        .guard = guard_of(outcome.condition, way),
        .checks = outcome.checks};
  } catch (...) {
    set_state(State::failed);
    throw;
  }
}

Publication MultipartWriter::publication_of(SentBytes sent) {
  return {
      client_,
      log_,
      {.object = object_,
       .token = token_,
       .sent = std::move(sent),
       .condition = no_clobber_ ? Condition::if_absent : Condition::none}};
}

Publication::Outcome MultipartWriter::put_whole() {
  Client::Body body = head_.spans();
  if (current_.exists()) {
    body.push_back(current_.bytes());
  }
  Publication publication =
      publication_of({.size = size(), .crc64 = crc64nvme(body), .etag = md5_hex(body)});
  publication.check_absent(stop_);
  begin_deciding();
  return publication.run(
      [&](Condition condition) {
        put_options_.if_none_match = condition == Condition::if_absent;
        return client_.put_object(object_, body, put_options_, {});
      },
      {});
}

Publication::Outcome MultipartWriter::complete() {
  if (current_.exists()) {
    submit_current();
  }
  upload_.submit(
      {.number = 1, .buffer = {}, .extra = head_.spans()}, setup_.parts_in_flight, stop_);
  const std::vector<Part> parts = upload_.finish(stop_);
  Publication publication = publication_of(upload_.sent());
  publication.check_absent(stop_);
  begin_deciding();
  const std::string id = upload_.id();
  Publication::Outcome outcome = publication.run(
      [&](Condition condition) {
        return client_.complete_upload(
            object_,
            id,
            parts,
            {.size = size(), .if_none_match = condition == Condition::if_absent},
            {});
      },
      [this] { upload_.abort(); });
  upload_.forget();
  return outcome;
}

io::Guard MultipartWriter::guard_of(Condition condition, Way way) const {
  if (!no_clobber_) {
    return io::Guard::none;
  }
  const bool kept =
      way == Way::put ? setup_.profile.conditional_put : setup_.profile.conditional_complete;
  return condition == Condition::if_absent && kept ? io::Guard::guarded : io::Guard::checked_only;
}

void MultipartWriter::discard() noexcept {
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return state_ != State::deciding && state_ != State::discarding; });
    if (state_ == State::published || state_ == State::discarded) {
      return;
    }
    state_ = State::discarding;
  }
  upload_.end_requests();
  static_cast<void>(upload_.remove());
  const std::scoped_lock lock(mutex_);
  state_ = State::discarded;
  wake_.notify_all();
}

void MultipartWriter::check_open() {
  {
    const std::scoped_lock lock(mutex_);
    if (state_ != State::open) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::internal,
          .operation = "s3.write",
          .subject = object_.url(),
          .reason = "the writer was published, had failed or was discarded before"});
    }
  }
  if (stop_.stop_requested()) {
    throw base::Cancelled();
  }
  upload_.check();
}

/// A discard from another thread has the last word.
void MultipartWriter::set_state(State state) {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::discarding && state_ != State::discarded) {
    state_ = state;
  }
  wake_.notify_all();
}

void MultipartWriter::begin_deciding() {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::publishing || stop_.stop_requested()) {
    throw base::Cancelled();
  }
  state_ = State::deciding;
}

}  // namespace s3reel::s3
