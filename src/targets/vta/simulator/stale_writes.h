#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace tamis::vta {

/// What the accumulator held before the last two uops wrote, for the design that does not forward
/// (Design::hls): a uop that reads an element which one of these two wrote gets the older value.
class StaleWrites {
 public:
  explicit StaleWrites(int64_t lanes) : lanes_(lanes) {
    for (auto& write : writes_) write.before.resize(static_cast<size_t>(lanes));
  }

  /// The pipeline drained: a new pass over the uops begins.
  void drain() { writes_[0].dst = writes_[1].dst = kNone; }
  /// What uop number `next` of the pass reads for element dst, which holds `current`.
  const int32_t* read(uint64_t dst, const int32_t* current) const {
    const Write &older = writes_[count_ % 2], &newer = writes_[(count_ + 1) % 2];
    if (older.dst == dst) return older.before.data();
    return newer.dst == dst ? newer.before.data() : current;
  }
  /// Called with the element's contents before every write.
  void remember(uint64_t dst, const int32_t* current) {
    Write& write = writes_[count_++ % 2];
    write.dst = dst;
    std::copy_n(current, lanes_, write.before.begin());
  }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};
  struct Write {
    uint64_t dst = kNone;
    std::vector<int32_t> before;
  };
  int64_t lanes_;
  uint64_t count_ = 0;
  std::array<Write, 2> writes_;
};

}  // namespace tamis::vta
