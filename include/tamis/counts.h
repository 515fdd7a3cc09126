#pragma once

#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tamis {

/// How many trials of a session have this in common.
struct TrialCount {
  Verdict verdict = Verdict::valid;
  bool measured = false;   ///< Trial::measured
  bool flaky = false;      ///< is_flaky()
  bool same_code = false;  ///< whether it did not run (Trial::same_code_as)
  uint64_t trials = 0;
};

/// Trials counted by what came of them (docs/explanation/measuring-and-counting).
struct Counts {
  uint64_t trials = 0;           ///< configs tried
  uint64_t measurements = 0;     ///< trials that reached the device
  uint64_t same_code = 0;        ///< trials that did not, because an earlier one had run the same program
  uint64_t rejected_builds = 0;  ///< trials that building refused before the device
  uint64_t invalid = 0;          ///< trials whose verdict is not valid
  uint64_t flaky = 0;            ///< trials whose runs disagreed, valid or not
  uint64_t finals = 0;           ///< times that a finalist was tried again: neither trials nor measurements
  /// Times that a trial was tried again because it seemed to be the best so far, as far as trials were
  /// counted one by one: neither trials nor measurements.
  uint64_t repeats = 0;
  std::vector<std::pair<Verdict, uint64_t>>
      by_verdict;  ///< every verdict that occurred, in the order of the enum
  /// Adds one trial.
  void add(const Trial& trial);
  /// Adds trials that a log counted.
  void add(const TrialCount& some);
  /// Adds the counts of other trials.
  void add(const Counts& other);
};

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

  /// Counts the message of a trial, unless it is valid. A new message is not counted once kMostMessages are.
  void add(const Trial& trial);
  /// Adds those of another session, as far as there is room.
  void add(const Reasons& other);
  bool empty() const { return counted_.empty(); }
  /// The message that came most often of all, and of equally frequent ones the first that came so often;
  /// nullptr where none is counted. Takes no time, unlike most_frequent(). Good until the next add().
  const Reason* leading() const { return leading_.trials > 0 ? &leading_ : nullptr; }
  /// For every verdict that occurred, in the order of the enum, the most frequent message, and of equally
  /// frequent ones the first.
  std::vector<Reason> most_frequent() const;

 private:
  struct Counted {
    uint64_t trials = 0;
    uint64_t first = 0;
  };
  /// Takes note that a message was counted.
  void follow(const std::string& key, const Counted& counted);

  std::unordered_map<std::string, Counted> counted_;  // by the verdict in one character and the message
  Reason leading_;                                    // no trials: there is none
};

/// The line of a message that says most: the first that holds `error`, in any case, else the last that is not
/// blank; at most 500 bytes, without blanks around it.
std::string_view telling_line(std::string_view message);

}  // namespace tamis
