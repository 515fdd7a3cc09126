#include "exchange/stored_trials.h"

#include "tamis/random.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Trials as they are.
class HeldTrials final : public StoredTrials {
 public:
  explicit HeldTrials(std::vector<Trial> trials) : trials_(std::move(trials)) {}
  size_t size() const override { return trials_.size(); }
  void read(size_t position, Trial& trial) const override { trial = trials_[position]; }

 private:
  std::vector<Trial> trials_;
};

/// Some of other trials.
class ChosenTrials final : public StoredTrials {
 public:
  ChosenTrials(std::unique_ptr<const StoredTrials> all, std::vector<uint32_t> chosen)
      : all_(std::move(all)), chosen_(std::move(chosen)) {}
  size_t size() const override { return chosen_.size(); }
  void read(size_t position, Trial& trial) const override { all_->read(chosen_[position], trial); }

 private:
  std::unique_ptr<const StoredTrials> all_;
  std::vector<uint32_t> chosen_;
};

/// Config and outcome of a trial as bytes.
void write_outcome(const Trial& trial, std::string& text) {
  const auto add = [&](const auto& value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  text.clear();
  for (const uint32_t choice : trial.config.choices) add(choice);
  add(trial.verdict);
  add(trial.costs.size());
  for (const double cost : trial.costs) add(cost);
  for (const auto& [name, value] : trial.features.values) {
    add(name.size());
    text += name;
    add(value);
  }
  text += trial.message;
}

/// Finds trials again by their outcome: an open hash table of positions, as a map would take five times the
/// memory.
class OutcomeTable {
 public:
  explicit OutcomeTable(const StoredTrials& trials) : trials_(trials) {
    size_t slots = 16;
    while (slots < trials.size() * 2) slots *= 2;
    slots_.assign(slots, {});
  }

  /// Whether a trial with this outcome came before; else it is remembered.
  bool repeats(size_t position) {
    trials_.read(position, trial_);
    write_outcome(trial_, text_);
    const size_t hash = std::hash<std::string_view>()(text_);
    const auto tag = static_cast<uint32_t>(hash >> 32);
    size_t slot = hash & (slots_.size() - 1);
    for (; slots_[slot].position != kFree; slot = (slot + 1) & (slots_.size() - 1)) {
      // Another trial is rarely looked at, as its columns are far apart in memory.
      if (slots_[slot].tag != tag) continue;
      trials_.read(slots_[slot].position, trial_);
      write_outcome(trial_, other_);
      if (text_ == other_) return true;
    }
    slots_[slot] = {static_cast<uint32_t>(position), tag};
    return false;
  }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  struct Slot {
    uint32_t position = kFree;
    uint32_t tag = 0;
  };
  const StoredTrials& trials_;
  std::vector<Slot> slots_;
  Trial trial_;
  std::string text_, other_;
};

}  // namespace

size_t KnobColumn::recent_slot(std::string_view text) {
  constexpr size_t kEnd = sizeof(uint64_t);
  uint64_t end = text.size() << 56;
  const size_t count = std::min(text.size(), kEnd);
  if (count > 0) std::memcpy(&end, text.data() + (text.size() - count), count);
  return (end + text.size()) * 0x9e3779b97f4a7c15 >> 57;
}

void begin_trial(size_t position, uint64_t number, Verdict verdict, std::span<const KnobColumn> knobs,
                 Trial& trial) {
  trial.number = number;
  trial.verdict = verdict;
  trial.measured = reaches_device(verdict);
  trial.config.choices.resize(knobs.size());
  for (size_t knob = 0; knob < knobs.size(); ++knob) trial.config.choices[knob] = knobs[knob].at(position);
  trial.costs.clear();
  trial.features.values.clear();
  trial.message.clear();
  trial.device.clear();
  trial.proposer.clear();
  trial.build_ns = trial.run_ns = trial.finished_unix_ms = 0;
}

void Skipped::add(size_t number, std::string sentence, uint64_t count) {
  count_ += count;
  if (named_.size() == kNamed && named_.back().first <= number) return;
  const auto place = std::upper_bound(named_.begin(), named_.end(), number,
                                      [](size_t one, const auto& other) { return one < other.first; });
  named_.emplace(place, number, std::move(sentence));
  if (named_.size() > kNamed) named_.pop_back();
}

std::vector<std::string> Skipped::sentences(std::string_view what) const {
  std::vector<std::string> all;
  for (const auto& [number, sentence] : named_)
    all.push_back(fmt::format("{} {}: {}", what, number, sentence));
  if (count_ > all.size()) all.push_back(fmt::format("{} more {}s", count_ - all.size(), what));
  return all;
}

StoredSet stored(TrialSet set) {
  for (const Trial& trial : set.trials)
    if (trial.finished_unix_ms > 0 &&
        (set.started_unix_ms == 0 || trial.finished_unix_ms < set.started_unix_ms))
      set.started_unix_ms = trial.finished_unix_ms;
  auto trials = std::make_unique<HeldTrials>(std::exchange(set.trials, {}));
  return {std::move(set), std::move(trials)};
}

TrialSet unstored(const StoredSet& set, bool renumber) {
  TrialSet whole = set.head;
  whole.trials.resize(set.trials->size());
  for (size_t i = 0; i < whole.trials.size(); ++i) {
    set.trials->read(i, whole.trials[i]);
    if (renumber) whole.trials[i].number = i;
  }
  return whole;
}

uint64_t drop_repeats(StoredSet& set) {
  const size_t count = set.trials->size();
  if (count >= UINT32_MAX) return 0;
  OutcomeTable outcomes(*set.trials);
  std::vector<uint32_t> repeats;
  for (size_t i = 0; i < count; ++i)
    if (outcomes.repeats(i)) repeats.push_back(static_cast<uint32_t>(i));
  if (repeats.empty()) return 0;
  std::vector<uint32_t> chosen;
  chosen.reserve(count - repeats.size());
  for (size_t i = 0, next = 0; i < count; ++i) {
    if (next < repeats.size() && repeats[next] == i)
      ++next;
    else
      chosen.push_back(static_cast<uint32_t>(i));
  }
  set.trials = std::make_unique<ChosenTrials>(std::move(set.trials), std::move(chosen));
  return repeats.size();
}

std::optional<uint32_t> KnobColumn::find(std::string_view text) {
  Recent& recent = recent_[recent_slot(text)];
  if (recent.text.data() != nullptr && recent.text == text) return recent.number;
  const auto found = numbers_.find(text);
  if (found == numbers_.end()) return std::nullopt;
  recent = {found->first, found->second};
  return found->second;
}

uint32_t KnobColumn::add(std::string_view text, KnobValue value) {
  const auto number = static_cast<uint32_t>(values_.size());
  values_.push_back(std::move(value));
  numbers_.emplace(std::string(text), number);
  return number;
}

void KnobColumn::keep(const std::vector<bool>& kept) { keep_rows(rows_, kept); }

std::vector<uint32_t> KnobColumn::occurring() const {
  std::vector<bool> occurs(values_.size());
  for (const uint32_t number : rows_) occurs[number] = true;
  std::vector<uint32_t> numbers;
  for (uint32_t i = 0; i < occurs.size(); ++i)
    if (occurs[i]) numbers.push_back(i);
  return numbers;
}

void KnobColumn::place(const std::vector<uint32_t>& positions) {
  for (uint32_t& number : rows_) number = positions[number];
  recent_ = {};
  numbers_.clear();
  values_.clear();
}

Knob KnobColumn::finish(
    const std::function<RecordedKnob(std::string name, std::vector<KnobValue> values)>& make) {
  const std::vector<uint32_t> numbers = occurring();
  std::vector<KnobValue> values;
  values.reserve(numbers.size());
  for (const uint32_t number : numbers) values.push_back(std::move(values_[number]));
  RecordedKnob recorded = make(name_, std::move(values));
  std::vector<uint32_t> positions(values_.size());
  for (size_t i = 0; i < numbers.size(); ++i) positions[numbers[i]] = recorded.choices[i];
  place(positions);
  return std::move(recorded.knob);
}

void TextColumn::push(std::string_view text) {
  if (!rows_.empty() && *texts_[last_] == text) {
    rows_.push_back(last_);
    return;
  }
  auto found = numbers_.find(text);
  if (found == numbers_.end()) {
    found = numbers_.emplace(std::string(text), static_cast<uint32_t>(texts_.size())).first;
    texts_.push_back(&found->first);
  }
  last_ = found->second;
  rows_.push_back(last_);
}

void TextColumn::keep(const std::vector<bool>& kept) { keep_rows(rows_, kept); }

}  // namespace tamis
