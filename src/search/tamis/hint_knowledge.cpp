#include "search/tamis/hint_knowledge.h"

#include <algorithm>

namespace tamis {
namespace {

/// How much nearer to the best of the space a config is guessed to be that agrees with a hint than one that
/// does not at all.
constexpr float kHintedGain = 0.5F;
/// Configs that are made of all hints together for a part of a large space.
constexpr size_t kExamples = 256;

/// Of numbers, those next to a hinted one agree half, the next ones a quarter, and so on; other values agree
/// or they do not.
std::vector<float> agreement_of_values(const Knob& knob, const HintedKnob& hinted) {
  std::vector<float> agreement(knob.values.size(), 0);
  for (const uint32_t value : hinted.values) agreement[value] = 1;
  if (knob.kind != KnobKind::number) return agreement;
  std::vector<size_t> order(knob.values.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return scalar(knob.values[a]) < scalar(knob.values[b]); });
  const auto spread = [&](size_t from, size_t to) {
    agreement[order[to]] = std::max(agreement[order[to]], agreement[order[from]] / 2);
  };
  for (size_t i = 1; i < order.size(); ++i) spread(i - 1, i);
  for (size_t i = order.size(); i-- > 1;) spread(i, i - 1);
  return agreement;
}

}  // namespace

HintKnowledge::HintKnowledge(const Space& space)
    : space_(space), head_start_(space.hints().empty() ? 0 : kHeadStart) {
  for (const Hint& hint : space.hints()) {
    HintAgreement all;
    for (const HintedKnob& hinted : hint.knobs)
      all.push_back({hinted.knob, agreement_of_values(space.knobs()[hinted.knob], hinted)});
    hints_.push_back(std::move(all));
  }
}

float HintKnowledge::agreement(const HintAgreement& hint, const Config& config) {
  float sum = 0;
  for (const KnobAgreement& knob : hint) sum += knob.values[config.choices[knob.knob]];
  return sum / static_cast<float>(hint.size());
}

std::vector<bool> HintKnowledge::next(const CandidateSet& candidates) {
  const HintAgreement& hint = hints_[given_++ % hints_.size()];
  std::vector<float> agreements(candidates.size(), -1);
  float most = 0;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates.open(i)) continue;
    agreements[i] = agreement(hint, space_.config(candidates.key(i)));
    most = std::max(most, agreements[i]);
  }
  std::vector<bool> among(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) among[i] = agreements[i] == most;
  return among;
}

float HintKnowledge::agreement(const ConfigKey& key) const {
  const Config config = space_.config(key);
  float most = 0;
  for (const HintAgreement& hint : hints_) most = std::max(most, agreement(hint, config));
  return most;
}

void HintKnowledge::learn(const ConfigKey& key, double throughput) {
  if (empty()) return;
  const float agrees = agreement(key);
  agreements_ += agrees;
  ++learnt_;
  if (throughput <= best_throughput_) return;
  best_throughput_ = throughput;
  best_agreement_ = agrees;
}

bool HintKnowledge::heed() {
  if (turns_ < kTurns) return turns_++ % 2 == 0;
  dropped_ = dropped_ || best_agreement_ * static_cast<double>(learnt_) <= agreements_;
  return !dropped_;
}

std::vector<float> HintKnowledge::guess_throughput(std::span<const ConfigKey> keys) const {
  std::vector<float> guess;
  guess.reserve(keys.size());
  for (const ConfigKey& key : keys) guess.push_back(1 - kHintedGain * (1 - agreement(key)));
  return guess;
}

void HintKnowledge::append_examples(Random& random, std::vector<ConfigKey>& keys) const {
  const std::vector<Hint>& hints = space_.hints();
  const size_t each = std::max<size_t>(kExamples / std::max<size_t>(hints.size(), 1), 1);
  for (size_t i = 0; i < std::min(hints.size() * each, kExamples); ++i) {
    std::optional<Config> config = space_.sample(random);
    if (!config) return;
    for (const HintedKnob& hinted : hints[i / each].knobs)
      config->choices[hinted.knob] = hinted.values[random.below(hinted.values.size())];
    const Config allowed = near_allowed(space_, *config);
    if (space_.allows(allowed)) keys.push_back(space_.key(allowed));
  }
}

}  // namespace tamis
