#include "model/rule_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace tamis {
namespace {

constexpr size_t kBeam = 6;
constexpr size_t kRoles = 4;  // in the order of RoleCounts
/// A rule's worth: how many trials it newly explains, times these powers.
constexpr double kPrecisionPower = 4.0;   // of the bound of its precision
constexpr double kSoundnessPower = 25.0;  // of the share of what it covers that is not valid
constexpr double kKeepingPower = 8.0;     // of the share of all valid trials that it does not cover
constexpr double kLengthFactor = 0.97;    // for each part of each quantity
static_assert(kPrecisionPower == 4.0);    // as Search::most_worth has it

/// Its powers, from that of 0 on.
constexpr std::array kLengthFactors = [] {
  std::array<double, 32> powers = {1};
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * kLengthFactor;
  return powers;
}();

struct Candidate {
  std::vector<RangeCondition> conditions;
  RoleCounts counts;
  size_t complexity = 0;
  double worth = 0.0;
};

RoleCounts difference(const RoleCounts& a, const RoleCounts& b) {
  return {a.wanted - b.wanted, a.explained - b.explained, a.other - b.other, a.valid - b.valid};
}

RoleCounts sum(const RoleCounts& a, const RoleCounts& b) {
  return {a.wanted + b.wanted, a.explained + b.explained, a.other + b.other, a.valid + b.valid};
}

/// Beam search over conjunctions.
class Search {
 public:
  Search(const RuleTable& table, std::span<const Role> roles, const RuleDemands& demands)
      : table_(table), roles_(roles), demands_(demands), rows_(table.rows()) {
    std::iota(rows_.begin(), rows_.end(), 0U);
    for (const Role role : roles) all_.add(role);
  }

  Candidate run() {
    std::vector<Candidate> beam(1);
    for (size_t length = 0; length < demands_.max_conditions && !beam.empty(); ++length) {
      std::vector<Candidate> next;
      for (const Candidate& candidate : beam) refine(candidate, next);
      beam = std::move(next);
    }
    drop_conditions(best_);
    return best_;
  }

 private:
  double worth(const RoleCounts& counts, size_t complexity) const {
    if (counts.wanted == 0) return 0.0;
    const double bound = wilson_lower_bound(counts.with_verdict(), counts.all());
    const auto valid = static_cast<double>(counts.valid);
    const double sound = 1.0 - valid / static_cast<double>(counts.all());
    const double kept = all_.valid == 0 ? 1.0 : 1.0 - valid / static_cast<double>(all_.valid);
    return static_cast<double>(counts.wanted) * std::pow(bound, kPrecisionPower) *
           std::pow(sound, kSoundnessPower) * std::pow(kept, kKeepingPower) *
           std::pow(kLengthFactor, static_cast<double>(complexity));
  }

  /// At least the worth, and quick to compute: most candidates are worth too little to look at more closely.
  static double most_worth(const RoleCounts& counts, size_t complexity) {
    const double precision = static_cast<double>(counts.with_verdict()) / static_cast<double>(counts.all());
    const double squared = precision * precision;
    const double length = kLengthFactors[std::min(complexity, kLengthFactors.size() - 1)];
    constexpr double kRounding = 1 + 1e-9;
    return static_cast<double>(counts.wanted) * squared * squared * length * kRounding;
  }

  bool acceptable(const RoleCounts& counts) const {
    const auto fresh = static_cast<double>(counts.wanted + counts.other + counts.valid);
    return counts.wanted >= demands_.least_wanted &&
           static_cast<double>(counts.wanted) >= demands_.least_new_share * fresh &&
           wilson_lower_bound(counts.with_verdict(), counts.all()) >= demands_.least_precision;
  }

  std::vector<uint32_t> covered(std::span<const RangeCondition> conditions) const {
    std::vector<uint32_t> covered;
    std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(covered), [&](uint32_t row) {
      return std::all_of(conditions.begin(), conditions.end(),
                         [&](const RangeCondition& one) { return table_.holds(one, row); });
    });
    return covered;
  }

  /// A covered row and its role.
  struct Place {
    uint32_t row = 0;
    uint32_t role = 0;
  };

  /// Puts the candidate with one more condition among the best of `out`, which stays sorted.
  void refine(const Candidate& candidate, std::vector<Candidate>& out) {
    const std::vector<uint32_t> rows = covered(candidate.conditions);
    std::vector<Place> places;
    for (const uint32_t row : rows) places.push_back({row, static_cast<uint32_t>(roles_[row])});
    std::vector<uint32_t> tally;  // by bin and role: most of the time goes into counting
    std::vector<RoleCounts> histogram;
    for (size_t quantity = 0; quantity < table_.quantities(); ++quantity) {
      const Binned& binned = table_.binned(quantity);
      tally.assign(binned.values.size() * kRoles, 0);
      for (const Place& place : places) ++tally[binned.bins[place.row] * kRoles + place.role];
      histogram.clear();
      for (size_t bin = 0; bin < tally.size(); bin += kRoles)
        histogram.push_back({tally[bin], tally[bin + 1], tally[bin + 2], tally[bin + 3]});
      try_ranges(candidate, quantity, histogram, out);
    }
  }

  void try_ranges(const Candidate& candidate, size_t quantity, std::span<const RoleCounts> histogram,
                  std::vector<Candidate>& out) {
    const size_t last = histogram.size() - 1;
    RoleCounts all;
    for (const RoleCounts& bin : histogram) all = sum(all, bin);
    if (table_.is_name(quantity)) {
      for (size_t i = 0; i <= last; ++i) {
        consider(candidate, {quantity, i, i, false}, histogram[i], all, out);
        if (last > 1) consider(candidate, {quantity, i, i, true}, difference(all, histogram[i]), all, out);
      }
      return;
    }
    RoleCounts below;
    const bool single = table_.has_values(quantity) && histogram.size() > 2;
    for (size_t i = 0; i <= last; ++i) {
      if (histogram[i].all() == 0) continue;  // the limit before says the same
      if (single) consider(candidate, {quantity, i, i, false}, histogram[i], all, out);
      below = sum(below, histogram[i]);
      if (i == last) break;
      consider(candidate, {quantity, 0, i, false}, below, all, out);
      consider(candidate, {quantity, i + 1, last, false}, difference(all, below), all, out);
    }
  }

  void consider(const Candidate& candidate, const RangeCondition& condition, const RoleCounts& counts,
                const RoleCounts& before, std::vector<Candidate>& out) {
    if (counts == before || counts.wanted == 0) return;
    const size_t complexity = candidate.complexity + table_.complexity(condition);
    const double most = most_worth(counts, complexity);
    if (out.size() == kBeam && most <= out.back().worth && most <= best_.worth) return;
    const double value = worth(counts, complexity);
    const bool better = value > best_.worth && acceptable(counts);
    if (!better && out.size() == kBeam && value <= out.back().worth) return;
    Candidate refined{candidate.conditions, counts, complexity, value};
    refined.conditions.push_back(condition);
    if (better) best_ = refined;
    // Two ways to say the same: the one found first is the simpler or as simple.
    for (const Candidate& known : out)
      if (known.counts == counts && known.worth >= value) return;
    const auto place =
        std::find_if(out.begin(), out.end(), [&](const Candidate& known) { return known.worth < value; });
    out.insert(place, std::move(refined));
    if (out.size() > kBeam) out.pop_back();
  }

  /// A condition that a later one made needless goes.
  void drop_conditions(Candidate& rule) const {
    for (size_t i = 0; i < rule.conditions.size() && rule.conditions.size() > 1;) {
      Candidate shorter = rule;
      shorter.conditions.erase(shorter.conditions.begin() + static_cast<std::ptrdiff_t>(i));
      shorter.counts = {};
      shorter.complexity -= table_.complexity(rule.conditions[i]);
      for (const uint32_t row : covered(shorter.conditions)) shorter.counts.add(roles_[row]);
      shorter.worth = worth(shorter.counts, shorter.complexity);
      if (shorter.worth < rule.worth || !acceptable(shorter.counts)) {
        ++i;
      } else {
        rule = std::move(shorter);
      }
    }
  }

  const RuleTable& table_;
  std::span<const Role> roles_;
  const RuleDemands& demands_;
  std::vector<uint32_t> rows_;
  RoleCounts all_;
  Candidate best_;  // of those that meet the demands
};

}  // namespace

void RoleCounts::add(Role role) {
  wanted += role == Role::wanted ? 1 : 0;
  explained += role == Role::explained ? 1 : 0;
  other += role == Role::other ? 1 : 0;
  valid += role == Role::valid ? 1 : 0;
}

double wilson_lower_bound(size_t hits, size_t all) {
  if (all == 0) return 0.0;
  constexpr double z = 1.959964;
  const auto n = static_cast<double>(all);
  const double share = static_cast<double>(hits) / n;
  const double spread = z * std::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
  return std::max(0.0, (share + z * z / (2.0 * n) - spread) / (1.0 + z * z / n));
}

RuleTable::RuleTable(const Space& space, std::vector<Config> configs)
    : space_(space), configs_(std::move(configs)) {
  Binner binner(space, configs_);
  for (Quantity& quantity : derived_quantities(space)) {
    std::shared_ptr<const Binned> binned = binner.bin(quantity);
    if (binned->values.size() < 2) continue;
    quantities_.push_back(std::move(quantity));
    binned_.push_back(std::move(binned));
  }
}

size_t RuleTable::complexity(const RangeCondition& condition) const {
  return quantities_[condition.quantity].complexity();
}

bool RuleTable::has_values(size_t quantity) const { return quantities_[quantity].complexity() == 1; }

bool RuleTable::is_name(size_t quantity) const { return quantities_[quantity].kind == Quantity::Kind::name; }

ConditionText RuleTable::text(const RangeCondition& condition) const {
  ConditionText text = condition_text(space_, quantities_[condition.quantity], *binned_[condition.quantity],
                                      configs_, condition.low, condition.high);
  if (condition.outside) std::swap(text.text, text.opposite);
  return text;
}

std::vector<RangeCondition> find_rule(const RuleTable& table, std::span<const Role> roles,
                                      const RuleDemands& demands) {
  return Search(table, roles, demands).run().conditions;
}

}  // namespace tamis
