#include "targets/vta/isa/hexadecimal.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

/// The value of a hex digit, or -1.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::vector<uint8_t>> bytes_from_hex(std::string_view text, uint64_t size, const std::string& origin) {
  if (text.size() % 2 != 0)
    return invalid_input(fmt::format("{}: {} hex digits are not whole bytes", origin, text.size()));
  if (text.size() / 2 > size)
    return invalid_input(
        fmt::format("{}: holds {} bytes, but the size is {}", origin, text.size() / 2, size));
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]), low = digit_value(text[i + 1]);
    if (high < 0 || low < 0)
      return invalid_input(fmt::format("{}: character {} or {} is not a hex digit", origin, i, i + 1));
    bytes[i / 2] = static_cast<uint8_t>(high * 16 + low);
  }
  return bytes;
}

std::string hex_from_bytes(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string hex_without_trailing_zeros(std::span<const uint8_t> bytes) {
  size_t size = bytes.size();
  while (size > 0 && bytes[size - 1] == 0) --size;
  return hex_from_bytes(bytes.first(size));
}

}  // namespace tamis::vta
