#include "io/head_buffer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "s3reel/error.h"

namespace s3reel::io {
namespace {

[[noreturn]] void misuse(const std::string& operation, const std::string& reason) {
  throw Error(ErrorInfo{.kind = ErrorKind::internal, .operation = operation, .reason = reason});
}

}  // namespace

std::size_t HeadBuffer::append(std::span<const std::byte> data) {
  if (insertion_ && !data.empty()) {
    misuse("write.append", "bytes arrived after the head was inserted");
  }
  const std::size_t taken = std::min(data.size(), capacity_ - filled_);
  if (taken == 0) {
    return 0;
  }
  if (!bytes_) {
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
  }
  std::copy_n(data.begin(), taken, bytes_.get() + filled_);
  filled_ += taken;
  return taken;
}

void HeadBuffer::patch(std::uint64_t offset, std::span<const std::byte> data) {
  if (offset > filled_ || data.size() > filled_ - offset) {
    misuse(
        "write.patch",
        fmt::format(
            "bytes {} to {} are not inside the {} retained bytes",
            offset,
            offset + data.size(),
            filled_));
  }
  std::copy(data.begin(), data.end(), bytes_.get() + offset);
}

void HeadBuffer::insert(std::uint64_t offset, std::vector<std::byte> data) {
  if (insertion_) {
    misuse("write.insert", "only one insertion is possible");
  }
  if (offset > filled_) {
    misuse(
        "write.insert",
        fmt::format("byte {} is not inside the {} retained bytes", offset, filled_));
  }
  insertion_ = Insertion{static_cast<std::size_t>(offset), std::move(data)};
}

std::uint64_t HeadBuffer::inserted_bytes() const {
  return insertion_ ? insertion_->data.size() : 0;
}

std::vector<std::span<const std::byte>> HeadBuffer::spans() const {
  const std::span<const std::byte> all(bytes_.get(), filled_);
  std::vector<std::span<const std::byte>> result;
  const auto add = [&result](std::span<const std::byte> piece) {
    if (!piece.empty()) {
      result.push_back(piece);
    }
  };
  if (insertion_) {
    add(all.first(insertion_->offset));
    add(insertion_->data);
    add(all.subspan(insertion_->offset));
  } else {
    add(all);
  }
  return result;
}

std::vector<std::byte> HeadBuffer::copy() const {
  std::vector<std::byte> result;
  result.reserve(size());
  for (const auto piece : spans()) {
    result.insert(result.end(), piece.begin(), piece.end());
  }
  return result;
}

}  // namespace s3reel::io
