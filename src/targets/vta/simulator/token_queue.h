#pragma once

#include "targets/vta/isa/hardware.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tamis::vta {

/// A token, from the cycle in which it can be popped on.
struct Token {
  uint64_t cycle = 0;
  uint32_t position = 0;  ///< of the instruction that pushed it
};

/// The tokens from one engine to another. Both call in the order of their own cycles, but either may be ahead
/// of the other in simulated time. Not thread safe.
class TokenQueue {
 public:
  TokenQueue() : waiting_(256) {}

  bool empty() const { return pushed_ == popped_; }
  /// When the next token can be popped; must not be empty.
  uint64_t next() const { return at(popped_).cycle; }

  /// Adds a token. Gives back a token that the device loses, because it finds kMostTokens others waiting: at
  /// the moment it comes the oldest of them is not popped. Pushing and popping in one cycle is fine, and what
  /// is popped in a cycle is gone in the next.
  std::optional<Token> push(Token token) {
    if (pushed_ - popped_ == waiting_.size()) grow();
    at(pushed_++) = token;
    if (pushed_ <= kMostTokens || pushed_ - kMostTokens > popped_) return std::nullopt;  // pop() will tell
    if (popped_at(pushed_ - 1 - kMostTokens) < token.cycle) return std::nullopt;
    return token;
  }
  /// Takes the next token in a cycle. Gives back a token that the device has lost by then.
  std::optional<Token> pop(uint64_t cycle) {
    popped_at(popped_++) = cycle;
    const size_t newest = popped_ - 1 + kMostTokens;
    if (newest >= pushed_ || at(newest).cycle > cycle) return std::nullopt;
    return at(newest);
  }
  /// A token that the device loses if nothing more is popped.
  std::optional<Token> lost() const {
    const size_t newest = popped_ + kMostTokens;
    return newest < pushed_ ? std::optional(at(newest)) : std::nullopt;
  }

 private:
  Token& at(size_t number) { return waiting_[number & (waiting_.size() - 1)]; }
  const Token& at(size_t number) const { return waiting_[number & (waiting_.size() - 1)]; }
  uint64_t& popped_at(size_t number) { return pops_[number % pops_.size()]; }

  /// A sender that is far ahead has pushed more than the device would hold.
  void grow() {
    std::vector<Token> larger(2 * waiting_.size());
    for (size_t i = popped_; i < pushed_; ++i) larger[i & (larger.size() - 1)] = at(i);
    waiting_ = std::move(larger);
  }

  std::vector<Token> waiting_;        // by number, modulo its size, a power of two
  std::array<uint64_t, 256> pops_{};  // when the last tokens were popped, by number
  size_t pushed_ = 0, popped_ = 0;
};

}  // namespace tamis::vta
