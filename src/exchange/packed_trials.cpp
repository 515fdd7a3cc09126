#include "exchange/packed_trials.h"

#include <algorithm>
#include <cstring>

namespace tamis {
namespace {

constexpr unsigned kChunkBits = 20;
constexpr size_t kChunk = size_t{1} << kChunkBits;

/// What stands in front of choices, costs and features.
struct Packed {
  uint64_t number = 0;
  int64_t build_ns = 0, run_ns = 0, finished_unix_ms = 0;
  uint32_t choices = 0, costs = 0, names = 0;
  Verdict verdict = Verdict::valid;
  bool measured = false;
};

template <class Value>
void put(char*& at, const Value* values, size_t count) {
  if (count > 0) std::memcpy(at, values, count * sizeof(Value));
  at += count * sizeof(Value);
}

template <class Value>
void take(const char*& at, Value* values, size_t count) {
  if (count > 0) std::memcpy(values, at, count * sizeof(Value));
  at += count * sizeof(Value);
}

}  // namespace

/// Room for the next trial, whose start is noted.
char* PackedTrials::reserve(size_t bytes) {
  if (chunks_.empty() || used_ + bytes > kChunk) {
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(std::max(bytes, kChunk)));
    used_ = 0;
  }
  starts_.push_back((uint64_t{chunks_.size() - 1} << kChunkBits) + used_);
  char* room = chunks_.back().get() + used_;
  used_ += bytes;
  return room;
}

/// The number of the names of features, which are mostly those of the trial before.
uint32_t PackedTrials::names_of(const Features& features) {
  const auto same = [](const std::string& name, const auto& feature) { return name == feature.first; };
  const auto& values = features.values;
  if (last_names_ != nullptr &&
      std::equal(last_names_->begin(), last_names_->end(), values.begin(), values.end(), same))
    return last_number_;
  std::vector<std::string> names;
  for (const auto& [name, unused] : values) names.push_back(name);
  const auto [place, is_new] = numbers_.try_emplace(std::move(names), static_cast<uint32_t>(names_.size()));
  if (is_new) names_.push_back(&place->first);
  last_names_ = &place->first;
  last_number_ = place->second;
  return last_number_;
}

void PackedTrials::push(const Trial& trial) {
  Packed packed{trial.number,
                trial.build_ns,
                trial.run_ns,
                trial.finished_unix_ms,
                static_cast<uint32_t>(trial.config.choices.size()),
                static_cast<uint32_t>(trial.costs.size()),
                names_of(trial.features),
                trial.verdict,
                trial.measured};
  char* at = reserve(sizeof packed + packed.choices * sizeof(uint32_t) +
                     (packed.costs + trial.features.values.size()) * sizeof(double));
  put(at, &packed, 1);
  put(at, trial.config.choices.data(), packed.choices);
  put(at, trial.costs.data(), packed.costs);
  for (const auto& [unused, value] : trial.features.values) put(at, &value, 1);
  messages_.push(trial.message);
  devices_.push(trial.device);
  if (trial.finished_unix_ms > 0 && (first_unix_ms_ == 0 || trial.finished_unix_ms < first_unix_ms_))
    first_unix_ms_ = trial.finished_unix_ms;
}

void PackedTrials::read(size_t position, Trial& trial) const {
  const char* at = chunks_[starts_[position] >> kChunkBits].get() + (starts_[position] & (kChunk - 1));
  Packed packed;
  take(at, &packed, 1);
  trial.number = packed.number;
  trial.verdict = packed.verdict;
  trial.measured = packed.measured;
  trial.build_ns = packed.build_ns;
  trial.run_ns = packed.run_ns;
  trial.finished_unix_ms = packed.finished_unix_ms;
  trial.config.choices.resize(packed.choices);
  take(at, trial.config.choices.data(), packed.choices);
  for (size_t knob = 0; knob < positions_.size(); ++knob)
    trial.config.choices[knob] = positions_[knob][trial.config.choices[knob]];
  trial.costs.resize(packed.costs);
  take(at, trial.costs.data(), packed.costs);
  const std::vector<std::string>& names = *names_[packed.names];
  trial.features.values.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    trial.features.values[i].first = names[i];
    take(at, &trial.features.values[i].second, 1);
  }
  trial.message = messages_.at(position);
  trial.device = devices_.at(position);
  trial.proposer.clear();
}

}  // namespace tamis
