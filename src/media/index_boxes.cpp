#include "media/index_boxes.h"

#include <algorithm>
#include <array>

namespace s3reel::media {
namespace {

using mp4::fourcc;
using mp4::FourCc;

template <std::size_t count>
bool is_one_of(const std::array<FourCc, count>& list, FourCc type) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

/// What was a moov before somebody wrote another one.
bool is_old_moov(std::span<const std::byte> head) {
  const FourCc type = number_at(head, 4);
  const FourCc first = number_at(head, 12);  // of the boxes in it
  return (type == fourcc("free") || type == fourcc("hoov")) &&
         (first == fourcc("mvhd") || first == fourcc("cmov"));
}

}  // namespace

std::optional<FoundBox> find_box(
    std::span<const std::byte> head, std::uint64_t position, const Region& parent) {
  const std::uint64_t room = parent.end - position;
  FourCc type = number_at(head, 4);
  const bool stops = type == fourcc("trak") || type == fourcc("mdat");
  if (stops && parent.type != kWholeFile && parent.type != fourcc("moov")) {
    return std::nullopt;
  }
  std::uint64_t header = 8;
  auto size = static_cast<std::int64_t>(number_at(head, 0));
  if (size == 1 && room >= 16) {
    header = 16;
    size = static_cast<std::int64_t>(mp4::read_u64(head, 8).value_or(0) - 8);
  } else if (size >= 8 && is_old_moov(head)) {
    type = fourcc("moov");
  }
  if (size == 0) {  // also where a 64-bit length counts its own header alone
    size = static_cast<std::int64_t>(room - header + 8);
  }
  if (size < 8) {
    return std::nullopt;
  }
  const std::uint64_t payload = position + header;
  const auto length = static_cast<std::uint64_t>(size) - 8;
  return FoundBox{
      .type = type, .payload = payload, .end = payload + std::min(length, room - header)};
}

bool is_container(FourCc type) {
  static constexpr std::array kContainers{
      fourcc("moov"),
      fourcc("trak"),
      fourcc("mdia"),
      fourcc("minf"),
      fourcc("stbl"),
      fourcc("edts"),
      fourcc("moof"),
      fourcc("traf"),
      fourcc("mvex"),
      fourcc("udta"),
      fourcc("tref"),
      fourcc("dinf"),
      fourcc("sinf"),
      fourcc("schi"),
      fourcc("ilst"),
      fourcc("wave"),
      fourcc("iprp"),
      fourcc("ipco")};
  return is_one_of(kContainers, type);
}

bool has_numbers(FourCc type) {
  static constexpr std::array kCounted{
      fourcc("tkhd"), fourcc("hdlr"), fourcc("stsd"), fourcc("stts"), fourcc("stsz"),
      fourcc("stz2"), fourcc("stsc"), fourcc("stco"), fourcc("co64"), fourcc("ctts"),
      fourcc("sbgp"), fourcc("elst"), fourcc("trun"), fourcc("senc"), fourcc("saiz"),
      fourcc("sidx"), fourcc("iinf"), fourcc("iloc"), fourcc("keys"), fourcc("dref"),
      fourcc("sgpd"), fourcc("HMMT")};
  return is_one_of(kCounted, type);
}

bool is_table(FourCc type) {
  static constexpr std::array kTables{
      fourcc("stsc"), fourcc("ctts"), fourcc("sbgp"), fourcc("chap")};
  return is_one_of(kTables, type);
}

std::size_t entry_size(FourCc table) {
  switch (table) {
    case fourcc("stsc"):
      return 12;
    case fourcc("chap"):
      return 4;
    default:
      return 8;
  }
}

bool is_skipped_entry(FourCc format) {
  static constexpr std::array kSkipped{
      fourcc("tmcd"),
      fourcc("mebx"),
      fourcc("metx"),
      fourcc("mett"),
      fourcc("urim"),
      fourcc("rtp "),
      fourcc("gpmd"),
      fourcc("fdsc"),
      fourcc("camm"),
      fourcc("djmd"),
      fourcc("dbgi"),
      fourcc("rtmd")};
  return is_one_of(kSkipped, format);
}

bool is_text_entry(FourCc format) {
  static constexpr std::array kText{
      fourcc("text"),
      fourcc("tx3g"),
      fourcc("c608"),
      fourcc("c708"),
      fourcc("wvtt"),
      fourcc("stpp"),
      fourcc("stxt"),
      fourcc("sbtt")};
  return is_one_of(kText, format);
}

bool claims_something(FourCc type) {
  static constexpr std::array kClaims{
      fourcc("stsz"), fourcc("stz2"), fourcc("stsc"), fourcc("stts"), fourcc("ctts"),
      fourcc("stco"), fourcc("co64"), fourcc("elst"), fourcc("trun"), fourcc("senc"),
      fourcc("saiz"), fourcc("sbgp"), fourcc("sidx"), fourcc("chap"), fourcc("tkhd"),
      fourcc("hdlr"), fourcc("trak"), fourcc("moof"), fourcc("moov"), fourcc("cmov"),
      fourcc("sgpd"), fourcc("dref"), fourcc("iinf"), fourcc("iloc"), fourcc("mvhd"),
      fourcc("HMMT")};
  return is_one_of(kClaims, type);
}

}  // namespace s3reel::media
