#pragma once

namespace tamis {

/// Counts in `depth` how deep a recursion is, as long as it lives: what keeps nested text from exhausting the
/// stack.
class NestingLevel {
 public:
  explicit NestingLevel(int& depth) : depth_(++depth) {}
  NestingLevel(const NestingLevel&) = delete;
  NestingLevel& operator=(const NestingLevel&) = delete;
  ~NestingLevel() { --depth_; }

 private:
  int& depth_;
};

}  // namespace tamis
