#include "network/library/library.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace tamis::network {
namespace {

constexpr std::string_view kMagic = "tamis weights 1";
constexpr size_t kSizeAt = 16;
constexpr size_t kHashAt = 24;

void put_number(std::byte* at, uint64_t number) {
  for (size_t i = 0; i < 8; ++i) at[i] = static_cast<std::byte>(number >> (8 * i));
}

uint64_t get_number(const std::byte* at) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number |= static_cast<uint64_t>(at[i]) << (8 * i);
  return number;
}

}  // namespace

// FNV-1a over words of 8 bytes, which is quick.
uint64_t hash_bytes(std::span<const std::byte> bytes) {
  uint64_t hash = 14695981039346656037U;
  for (size_t i = 0; i < bytes.size(); i += 8) {
    std::byte word[8] = {};
    std::memcpy(word, bytes.data() + i, std::min<size_t>(8, bytes.size() - i));
    hash = (hash ^ get_number(word)) * 1099511628211U;
    hash ^= hash >> 29;  // else the high bits of a word never reach the low ones
  }
  return hash;
}

uint64_t write_weights_header(std::vector<std::byte>& weights) {
  std::fill_n(weights.begin(), kWeightsHeader, std::byte{0});
  std::memcpy(weights.data(), kMagic.data(), kMagic.size());
  const uint64_t hash = hash_bytes(std::span(weights).subspan(kWeightsHeader));
  put_number(weights.data() + kSizeAt, weights.size());
  put_number(weights.data() + kHashAt, hash);
  return hash;
}

const std::string& what_of(const Library& library, const LibraryStep& step) {
  return step.control != nullptr ? step.control->what : library.kernels[step.kernel].what;
}

std::optional<uint64_t> read_weights_header(std::span<const std::byte> header, uint64_t file_bytes) {
  if (header.size() < static_cast<size_t>(kWeightsHeader)) return std::nullopt;
  if (std::memcmp(header.data(), kMagic.data(), kMagic.size()) != 0) return std::nullopt;
  if (get_number(header.data() + kSizeAt) != file_bytes) return std::nullopt;
  return get_number(header.data() + kHashAt);
}

}  // namespace tamis::network
