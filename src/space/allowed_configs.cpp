#include "space/allowed_configs.h"

#include "space/enumeration/builder.h"
#include "space/enumeration/condition.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tamis {

using enumeration::Condition;
using enumeration::Diagram;

Result<std::shared_ptr<const AllowedConfigs>> AllowedConfigs::enumerate(const Space& space) {
  std::shared_ptr<AllowedConfigs> allowed(new AllowedConfigs());
  for (const Knob& knob : space.knobs()) allowed->choices_.push_back(knob.values.size());
  const std::vector<size_t> movable = enumeration::knobs_with_a_choice(space);
  const std::optional<std::vector<Condition>> open =
      enumeration::undecided(space, enumeration::conditions_of(space, movable));
  if (!open || space.size() == 0) return std::shared_ptr<const AllowedConfigs>(allowed);
  std::vector<uint64_t> sizes;
  for (const size_t knob : movable) sizes.push_back(space.knobs()[knob].values.size());

  enumeration::Limits left;
  allowed->count_ = 1;
  allowed->log2_count_ = 0;
  for (const std::vector<size_t>& group : enumeration::ordered_groups(*open, sizes)) {
    enumeration::KnobSet members;
    std::vector<size_t> knobs;
    for (const size_t knob : group) {
      members.add(knob);
      knobs.push_back(movable[knob]);
    }
    std::vector<Condition> conditions;
    for (const Condition& condition : *open)
      if (condition.knobs.meets(members)) conditions.push_back(condition);
    TAMIS_ASSIGN(Diagram diagram, enumeration::build_diagram(space, std::move(knobs), conditions, left));
    allowed->count_ = enumeration::product_of(allowed->count_, diagram.count());
    allowed->log2_count_ += diagram.log2_count();
    allowed->groups_.push_back(std::move(diagram));
  }
  return std::shared_ptr<const AllowedConfigs>(allowed);
}

Config AllowedConfigs::config(uint64_t rank) const {
  Config config{std::vector<uint32_t>(choices_.size(), 0)};
  for (const Diagram& group : groups_) {
    group.choose(rank % group.count(), config);
    rank /= group.count();
  }
  return config;
}

std::optional<uint64_t> AllowedConfigs::rank(const Config& config) const {
  if (!countable() || !contains(config)) return std::nullopt;
  uint64_t rank = 0;
  for (size_t i = groups_.size(); i-- > 0;) {
    const std::optional<uint64_t> own = groups_[i].rank(config);
    if (!own) return std::nullopt;
    rank = rank * groups_[i].count() + *own;
  }
  return rank;
}

std::optional<Config> AllowedConfigs::sample(Random& random) const {
  if (count_ == 0) return std::nullopt;
  Config config{std::vector<uint32_t>(choices_.size(), 0)};
  for (const Diagram& group : groups_) group.draw(random, config);
  return config;
}

bool AllowedConfigs::contains(const Config& config) const {
  if (count_ == 0 || config.choices.size() != choices_.size()) return false;
  for (size_t i = 0; i < choices_.size(); ++i)
    if (config.choices[i] >= choices_[i]) return false;
  return std::all_of(groups_.begin(), groups_.end(),
                     [&](const Diagram& group) { return group.contains(config); });
}

Config AllowedConfigs::first() const {
  Config config{std::vector<uint32_t>(choices_.size(), 0)};
  for (const Diagram& group : groups_) group.begin(config);
  return config;
}

bool AllowedConfigs::advance(Config& config) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const Diagram& group) { return group.advance(config); });
}

std::optional<Config> AllowedConfigs::nearest(const Config& config) const {
  if (count_ == 0) return std::nullopt;
  Config near = config;
  for (const Diagram& group : groups_)
    if (!group.contains(near)) group.approach(near);
  return near;
}

Config AllowedConfigs::neighbour(const Config& config, Random& random) const {
  if (!contains(config)) return config;
  struct Free {
    size_t group;
    size_t level;
  };
  std::vector<Free> free;
  for (size_t group = 0; group < groups_.size(); ++group)
    for (const size_t level : groups_[group].free_levels(config)) free.push_back({group, level});
  Config moved = config;
  if (free.empty()) return moved;
  const auto [group, level] = free[random.below(free.size())];
  groups_[group].deviate(level, moved, random);
  return moved;
}

std::vector<std::vector<double>> AllowedConfigs::value_shares() const {
  std::vector<std::vector<double>> shares;
  if (count_ == 0) return shares;
  for (const uint64_t choices : choices_) shares.emplace_back(choices, choices == 1 ? 1.0 : 0.0);
  for (const Diagram& group : groups_) group.add_shares(shares);
  return shares;
}

uint64_t AllowedConfigs::edges() const {
  uint64_t edges = 0;
  for (const Diagram& group : groups_) edges += group.edges.size();
  return edges;
}

Config near_allowed(const Space& space, const Config& config) {
  if (space.enumeration() == nullptr) return config;
  return space.enumeration()->nearest(config).value_or(config);
}

std::optional<uint64_t> known_count(const Space& space) {
  const auto counted = [](uint64_t count) {
    return count == Space::kUncountable ? std::nullopt : std::optional(count);
  };
  if (space.enumeration() != nullptr) return counted(space.enumeration()->count());
  if (!space.constraints().empty()) return std::nullopt;
  return counted(space.listed() != nullptr ? space.listed()->size() : space.size());
}

std::optional<uint64_t> count_allowed(const Space& space) {
  if (const std::optional<uint64_t> known = known_count(space)) return known;
  const std::optional<std::vector<ConfigKey>> allowed = space.allowed_keys(Space::kVisitable);
  if (!allowed) return std::nullopt;
  return allowed->size();
}

std::string count_text(uint64_t count, double log2_count) {
  if (count != Space::kUncountable) return fmt::format("{}", count);
  const double decimals = log2_count * std::log10(2.0);
  double exponent = std::floor(decimals);
  double digits = std::round(std::pow(10.0, decimals - exponent) * 10) / 10;
  if (digits >= 10) {
    digits = 1;
    ++exponent;
  }
  return fmt::format("about {:.1f}e{:.0f}", digits, exponent);
}

std::string name_config(const Space& space, const Config& config) {
  if (space.countable()) return fmt::format("config {}", space.index(config));
  return "config " + space.describe(config);
}

}  // namespace tamis
