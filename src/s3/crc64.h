#pragma once

/// CRC-64/NVME, the checksum that S3 keeps of whole objects (NVM Command Set Specification 1.0,
/// 5.2.1.3.4; S3 user guide, "Checking object integrity": CRC64NVME).

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace s3reel::s3 {

/// Of the concatenation of `pieces`.
std::uint64_t crc64nvme(const std::vector<std::span<const std::byte>>& pieces);

/// Of bytes that have `first` followed by `second_bytes` that have `second`: a CRC is linear, so
/// that of the whole follows from those of its parts.
std::uint64_t combine_crc64nvme(
    std::uint64_t first, std::uint64_t second, std::uint64_t second_bytes);

/// As S3 writes it: base64 of the eight bytes, the highest first.
std::string crc64nvme_text(std::uint64_t crc);

}  // namespace s3reel::s3
