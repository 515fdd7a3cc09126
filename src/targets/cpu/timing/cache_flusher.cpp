#include "targets/cpu/timing/cache_flusher.h"

#include "base/file.h"
#include "targets/cpu/timing/cores.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

constexpr size_t kUnknownCache = size_t{32} << 20;
constexpr int kMostLevels = 8;
constexpr size_t kLine = 64;

void write_lines(uint8_t* begin, uint8_t* end) {
  for (uint8_t* line = begin; line < end; line += kLine) *line = static_cast<uint8_t>(*line + 1);
  asm volatile("" : : "r"(begin) : "memory");  // the writes count as used
}

/// The size in a text of the kernel's such as `32768K`; 0 for anything else.
size_t parse_size(const std::string& text) {
  size_t kibibytes = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), kibibytes);
  return code == std::errc() && rest != text.data() + text.size() && *rest == 'K' ? kibibytes << 10 : 0;
}

size_t largest_in(const std::string& folder) {
  size_t largest = 0;
  for (int index = 0; index < kMostLevels; ++index)
    if (const auto text = read_file(fmt::format("{}/index{}/size", folder, index)); text.ok())
      largest = std::max(largest, parse_size(*text));
  return largest;
}

}  // namespace

size_t last_level_cache_bytes(const std::string& folder) {
  // Not sysconf: on some processors it adds up the caches that different cores have.
  const size_t largest = largest_in(folder);
  return largest > 0 ? largest : kUnknownCache;
}

CacheFlusher::CacheFlusher(int threads)
    : threads_(std::max(1, threads)), buffer_(2 * last_level_cache_bytes()) {}

void CacheFlusher::flush() {
  const size_t part = buffer_.size() / static_cast<size_t>(threads_);
  run_on_team(threads_, [&](int thread) {
    uint8_t* begin = buffer_.data() + static_cast<size_t>(thread) * part;
    write_lines(begin, begin + part);
  });
}

}  // namespace tamis::cpu
