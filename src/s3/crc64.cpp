#include "s3/crc64.h"

#include <array>
#include <cstring>

namespace s3reel::s3 {
namespace {

constexpr std::uint64_t kPolynomial = 0x9A6C9329AC4BC9B5;  // bits reflected
constexpr int kSlices = 8;

using Table = std::array<std::uint64_t, 256>;

/// Table k advances a byte over k + 1 bytes, so that eight bytes take eight look-ups at once.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1U) != 0 ? (crc >> 1U) ^ kPolynomial : crc >> 1U;
    }
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kSlices; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8U) ^ tables[0][crc & 0xFFU];
    }
  }
  return tables;
}

constexpr std::array<Table, kSlices> kTables = make_tables();

/// The same on every machine: the first byte in the lowest bits.
std::uint64_t little_endian(const std::byte* bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  return value;
}

std::uint64_t add(std::uint64_t crc, std::span<const std::byte> bytes) {
  while (bytes.size() >= kSlices) {
    const std::uint64_t word = crc ^ little_endian(bytes.data());
    crc = 0;
    for (unsigned k = 0; k < kSlices; ++k) {
      crc ^= kTables[kSlices - 1 - k][(word >> (8 * k)) & 0xFFU];
    }
    bytes = bytes.subspan(kSlices);
  }
  for (const std::byte byte : bytes) {
    crc = (crc >> 8U) ^ kTables[0][(crc ^ std::to_integer<std::uint64_t>(byte)) & 0xFFU];
  }
  return crc;
}

/// a * b modulo the polynomial, bits reflected.
std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 63U; bit != 0; bit >>= 1U) {
    if ((a & bit) != 0) {
      product ^= b;
    }
    b = (b & 1U) != 0 ? (b >> 1U) ^ kPolynomial : b >> 1U;
  }
  return product;
}

}  // namespace

std::uint64_t crc64nvme(const std::vector<std::span<const std::byte>>& pieces) {
  std::uint64_t crc = ~std::uint64_t{0};
  for (const auto& piece : pieces) {
    crc = add(crc, piece);
  }
  return ~crc;
}

// What follows moves the first checksum up by x^(8 bytes), which is squared bit by bit.
std::uint64_t combine_crc64nvme(
    std::uint64_t first, std::uint64_t second, std::uint64_t second_bytes) {
  std::uint64_t power = std::uint64_t{1} << (63U - 8U);  // x^8
  for (; second_bytes != 0; second_bytes >>= 1U) {
    if ((second_bytes & 1U) != 0) {
      first = multiply(first, power);
    }
    power = multiply(power, power);
  }
  return first ^ second;
}

std::string crc64nvme_text(std::uint64_t crc) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (int shift = 58; shift > 0; shift -= 6) {
    text += kDigits[(crc >> static_cast<unsigned>(shift)) & 0x3FU];
  }
  return text + kDigits[(crc << 2U) & 0x3FU] + "=";  // 64 bits are ten digits and four bits
}

}  // namespace s3reel::s3
