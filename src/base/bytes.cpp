#include "base/bytes.h"

#include <array>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kNumberBytes = 8;

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNoDigit = 64;

constexpr std::array<uint8_t, 256> digit_values() {
  std::array<uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (size_t i = 0; i < kDigits.size(); ++i)
    values[static_cast<uint8_t>(kDigits[i])] = static_cast<uint8_t>(i);
  return values;
}
constexpr std::array<uint8_t, 256> kDigitValues = digit_values();

uint32_t digit_value(char c) { return kDigitValues[static_cast<uint8_t>(c)]; }
uint32_t byte_at(std::string_view bytes, size_t i) {
  return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0;
}

}  // namespace

void ByteWriter::number(uint64_t value) {
  for (size_t i = 0; i < kNumberBytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
}

void ByteWriter::text(std::string_view text) {
  number(text.size());
  bytes_ += text;
}

Result<uint64_t> ByteReader::number(std::string_view what, uint64_t most) {
  if (left_.size() < kNumberBytes) return corrupt(fmt::format("{}: it ends before {}", origin_, what));
  uint64_t value = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) value |= uint64_t{byte_at(left_, i)} << (8 * i);
  if (value > most)
    return corrupt(fmt::format("{}: {} is {}, and may be at most {}", origin_, what, value, most));
  left_.remove_prefix(kNumberBytes);
  return value;
}

Result<std::string_view> ByteReader::text(std::string_view what) {
  TAMIS_ASSIGN(const uint64_t size, number(fmt::format("the length of {}", what)));
  if (size > left_.size())
    return corrupt(fmt::format("{}: {} has {} bytes, and {} are left", origin_, what, size, left_.size()));
  const std::string_view text = left_.substr(0, size);
  left_.remove_prefix(size);
  return text;
}

Status ByteReader::end() const {
  if (left_.empty()) return {};
  return corrupt(fmt::format("{}: {} bytes are left behind its end", origin_, left_.size()));
}

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t three = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    for (const int shift : {18, 12, 6, 0}) text += kDigits[three >> shift & 63];
  }
  const size_t padding = (3 - bytes.size() % 3) % 3;
  text.replace(text.size() - padding, padding, padding, '=');
  return text;
}

Result<std::string> from_base64(std::string_view text, const std::string& origin) {
  const auto fault = [&] { return corrupt(fmt::format("{}: it is not written in base64", origin)); };
  if (text.size() % 4 != 0) return fault();
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t three = 0;
    for (size_t k = 0; k < 4; ++k) {
      const bool padded = i + k >= text.size() - padding;
      const uint32_t digit = padded ? 0 : digit_value(text[i + k]);
      if (digit == kNoDigit) return fault();
      three = three << 6 | digit;
    }
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(three >> shift & 0xff);
  }
  bytes.resize(bytes.size() - padding);
  // Bits behind the last byte are zero, so that one text alone stands for some bytes.
  if (to_base64(std::string_view(bytes).substr(bytes.size() / 3 * 3)) != text.substr(bytes.size() / 3 * 4))
    return fault();
  return bytes;
}

}  // namespace tamis
