#pragma once

#include "base/json.h"
#include "tamis/objective.h"
#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tamis::report {

/// Texts that trials share, each once; trials name them by position, plus one. What does not fit its bound of
/// bytes is left out and counted.
class TextTable {
 public:
  explicit TextTable(size_t most_bytes) : most_bytes_(most_bytes) {}

  /// The number of a text; 0 for an empty one, and for a new one that does not fit any more.
  uint32_t code(std::string_view text);
  const std::vector<std::string>& texts() const { return texts_; }
  uint64_t left_out() const { return left_out_; }  ///< how often a text was asked for that did not fit

 private:
  size_t most_bytes_;
  size_t bytes_ = 0;
  uint64_t left_out_ = 0;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, uint32_t> codes_;
};

/// Trials of one session as the columns that the document of a report has of them, by number, which is the
/// order in which they are to be added. What is long of a trial is not kept: one of twelve knobs takes 100
/// bytes. A plain value.
class TrialRows {
 public:
  /// `started_unix_ms` is what times count from.
  TrialRows(size_t knobs, const Objective& objective, int64_t started_unix_ms);

  /// Adds a trial, which has as many choices as there are knobs.
  void add(const Trial& trial);
  size_t size() const { return verdicts_.size(); }
  std::span<const uint32_t> choices(size_t knob) const { return choices_[knob]; }
  /// The row of the trial of this number; nothing where there is none.
  std::optional<size_t> row_of(uint64_t number) const;
  /// How many texts of trials were left out, as there were too many different ones.
  uint64_t texts_left_out() const;

  /// The rows from one on as the schema's `trials`.
  Json columns(size_t from = 0) const;
  /// How many texts of each kind there are.
  struct Texts {
    size_t messages = 0, devices = 0, proposers = 0;
  };
  Texts texts() const;
  /// Adds the members `messages`, `devices` and `proposers` to an object: those that follow `from`.
  void add_texts(Json& object, const Texts& from) const;
  /// All of them.
  void add_texts(Json& object) const { add_texts(object, Texts()); }

 private:
  Objective objective_;
  int64_t started_unix_ms_;
  std::vector<std::vector<uint32_t>> choices_;  ///< of each knob
  std::vector<uint32_t> verdicts_, measured_, message_, device_, proposer_, numbers_, same_code_as_;
  std::vector<double> values_;
  std::vector<int64_t> finished_ms_;
  std::vector<float> build_us_, run_us_;
  bool numbered_ = false;  ///< whether some trial's number is not its position
  TextTable messages_, devices_, proposers_;
};

}  // namespace tamis::report
