#pragma once

#include "tamis/formats.h"
#include "tamis/space.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tamis {

/// Trials of a file as a reader keeps them: in some 100 bytes each, where a Trial takes ten times as much.
/// They are made into trials a batch at a time. Immutable once they are in a StoredSet.
class StoredTrials {
 public:
  virtual ~StoredTrials() = default;
  /// How many there are.
  virtual size_t size() const = 0;
  /// Makes `trial` the one at `position`, all members of it, numbered by its row in the file, from 0.
  virtual void read(size_t position, Trial& trial) const = 0;
};

/// One workload of a file: everything but its trials, and these.
struct StoredSet {
  TrialSet head;
  std::unique_ptr<const StoredTrials> trials;
};

/// What could not be taken of a file: the first ones named, all counted.
class Skipped {
 public:
  /// How many are named.
  static constexpr size_t kNamed = 10;

  /// `number` is the line or row, from 1, by which the first ones are chosen.
  void add(size_t number, std::string sentence, uint64_t count = 1);
  uint64_t count() const { return count_; }
  /// `WHAT N: SENTENCE` for each one named, in their order, and a last one that counts the others.
  std::vector<std::string> sentences(std::string_view what) const;
  /// The first; only where there is one.
  std::string first(std::string_view what) const { return sentences(what).front(); }

 private:
  std::vector<std::pair<size_t, std::string>> named_;
  uint64_t count_ = 0;
};

/// What a file holds, as TrialFile says, in little memory.
struct StoredFile {
  std::string format;
  std::vector<StoredSet> sets;
  std::vector<std::string> skipped;
  uint64_t left_out = 0;
};

/// A set whose trials are there already.
StoredSet stored(TrialSet set);
/// The set with all its trials; where `renumber`, numbered from 0.
TrialSet unstored(const StoredSet& set, bool renumber);

/// Leaves out trials that repeat one before them in config and outcome (verdict, costs, message, features).
/// Returns how many.
uint64_t drop_repeats(StoredSet& set);

/// The same in all sets of a file; one sentence counts them.
void drop_repeats(StoredFile& file);

/// All trials of a file in memory.
TrialFile trial_file_of(StoredFile file);
/// The recorded table that a file is; `origin` names it in errors, and `pool` is as in assemble_table.
/// Errors: as read_recorded_table.
Result<TrialSet> table_of(StoredFile file, const std::string& origin, bool pool = false);

/// Opens a file of any format but a log; repeats are left out as read_trials says. Errors: as read_trials.
/// Thread safe.
Result<StoredFile> open_trials(const std::string& path, const ReadOptions& options);

/// The values of one knob in the rows of a file, each told by its text there.
class KnobColumn {
 public:
  explicit KnobColumn(std::string name) : name_(std::move(name)) {}
  const std::string& name() const { return name_; }
  /// The number of the value that this text stands for; nothing where the text is new.
  std::optional<uint32_t> find(std::string_view text);
  /// The number of a new value.
  uint32_t add(std::string_view text, KnobValue value);
  const std::vector<KnobValue>& values() const { return values_; }
  void push(uint32_t number) { rows_.push_back(number); }
  /// The number in the row; after finish() the position among the values of the knob.
  uint32_t at(size_t row) const { return rows_[row]; }
  /// Drops the rows that are not kept.
  void keep(const std::vector<bool>& kept);
  /// The numbers that occur in the rows, ascending.
  std::vector<uint32_t> occurring() const;
  /// Makes at() give the position that belongs to each number; what finds numbers is dropped.
  void place(const std::vector<uint32_t>& positions);
  /// Makes a knob of the values that occur: `make` gets them, without repetition of texts, and gives the knob
  /// and the position of each in it, at which it is placed.
  Knob finish(const std::function<RecordedKnob(std::string name, std::vector<KnobValue> values)>& make);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  static size_t recent_slot(std::string_view text);

  std::string name_;
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<KnobValue> values_;
  std::vector<uint32_t> rows_;
  /// The values met last, by the end of their text: most rows are found here. The texts are numbers_'s.
  struct Recent {
    std::string_view text;
    uint32_t number = 0;
  };
  static constexpr size_t kRecent = 128;
  std::vector<Recent> recent_ = std::vector<Recent>(kRecent);
};

/// Texts that repeat, each kept once. 0 is the empty one.
class TextColumn {
 public:
  void push(std::string_view text);
  const std::string& at(size_t row) const { return *texts_[rows_[row]]; }
  size_t size() const { return rows_.size(); }
  void keep(const std::vector<bool>& kept);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
  std::vector<uint32_t> rows_;
  uint32_t last_ = 0;  // of the row before, as most texts repeat
};

/// Makes `trial` the one of a row: its number, verdict and choices. Everything else is as in a new trial.
void begin_trial(size_t position, uint64_t number, Verdict verdict, std::span<const KnobColumn> knobs,
                 Trial& trial);

/// Keeps the elements of a column whose rows are kept.
template <class Value>
void keep_rows(std::vector<Value>& column, const std::vector<bool>& kept) {
  size_t out = 0;
  for (size_t row = 0; row < column.size(); ++row)
    if (kept[row]) column[out++] = std::move(column[row]);
  column.resize(out);
}

}  // namespace tamis
