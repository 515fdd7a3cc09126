#pragma once

#include "trial/trial.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tamis {

/// Why trials were not valid: a message and how often it came.
struct Reason {
  Verdict verdict = Verdict::valid;
  std::string message;  ///< its telling line (telling_line); empty where none was given
  uint64_t trials = 0;
  uint64_t first = 0;  ///< Trial::number of the first of them, in the order of proposal
};

/// Counts the messages of trials that are not valid. Memory is bounded: of more than kMostMessages distinct
/// ones, those that come later are not counted. A plain value.
class Reasons {
 public:
  static constexpr size_t kMostMessages = 1000;

  void add(const Trial& trial);
  /// Adds those of another session, as far as there is room.
  void add(const Reasons& other);
  bool empty() const { return counted_.empty(); }
  /// For every verdict that occurred, in the order of the enum, the most frequent message, and of equally
  /// frequent ones the first.
  std::vector<Reason> most_frequent() const;

 private:
  struct Counted {
    uint64_t trials = 0;
    uint64_t first = 0;
  };
  std::unordered_map<std::string, Counted> counted_;  // by the verdict in one character and the message
};

/// The line of a message that says most: the first that holds `error`, in any case, else the last that is not
/// blank; at most 500 bytes, without blanks around it.
std::string_view telling_line(std::string_view message);

}  // namespace tamis
