#include "task/exclusion.h"

#include "space/allowed_configs.h"
#include "tamis/random.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Of the listed configs that are allowed the nearest, knob by knob as AllowedConfigs::nearest.
std::optional<Config> nearest_listed(const Space& space, const Config& config) {
  std::optional<Config> nearest;
  std::vector<uint32_t> least;
  for (const ConfigKey& key : *space.listed()) {
    Config other = space.config(key);
    if (!space.allows(other)) continue;
    std::vector<uint32_t> distances;
    for (size_t i = 0; i < config.choices.size(); ++i)
      distances.push_back(std::max(config.choices[i], other.choices[i]) -
                          std::min(config.choices[i], other.choices[i]));
    if (nearest && !(distances < least)) continue;
    nearest = std::move(other);
    least = std::move(distances);
  }
  return nearest;
}

/// The space without its constraints; nothing where it cannot be made anew.
std::optional<Space> without_constraints(const Space& space) {
  Result<Space> whole = space.listed() != nullptr ? Space::create_listed(space.knobs(), *space.listed())
                                                  : Space::create(space.knobs());
  if (!whole.ok()) return std::nullopt;
  return std::move(*whole);
}

/// What these constraints leave of a space.
Found left_by(const Space& whole, const std::vector<Constraint>& constraints) {
  return allowed_near(whole.constrained(constraints), whole.config(0));
}

/// Those of the constraints that are known to exclude everything, each by itself; none where only all
/// together do.
std::vector<std::string> excluding_alone(const Space& whole, const std::vector<Constraint>& constraints) {
  std::vector<std::string> alone;
  for (const Constraint& constraint : constraints) {
    const Found found = left_by(whole, {constraint});
    if (!found.config && found.all_seen) alone.push_back(constraint.text);
  }
  return alone;
}

/// Of constraints that exclude everything together as few as do: each is left out in turn, and stays out
/// where the others still do. All of them where they are too many, or the space that others leave is too
/// large to be seen whole.
std::vector<Constraint> fewest_excluding(const Space& whole, std::vector<Constraint> constraints) {
  constexpr size_t kMostTried = 64;
  if (constraints.size() > kMostTried) return constraints;
  for (size_t i = 0; i < constraints.size() && constraints.size() > 2;) {
    std::vector<Constraint> others = constraints;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const Found found = left_by(whole, others);
    if (found.config)
      ++i;
    else if (found.all_seen)
      constraints = std::move(others);
    else
      return constraints;
  }
  return constraints;
}

/// Those of `some` that would leave something if they alone were left out of all constraints.
std::vector<std::string> enough_alone(const Space& whole, const std::vector<Constraint>& all,
                                      const std::vector<Constraint>& some) {
  std::vector<std::string> texts;
  for (const Constraint& one : some) {
    std::vector<Constraint> others;
    for (const Constraint& other : all)
      if (other.text != one.text) others.push_back(other);
    if (left_by(whole, others).config) texts.push_back(one.text);
  }
  return texts;
}

/// What of constraints that exclude everything together to name, and what to do about them.
std::string describe_together(const std::optional<Space>& whole, const std::vector<Constraint>& all) {
  const auto quote = [](const std::vector<std::string>& texts) {
    return fmt::format("`{}`", fmt::join(texts, "`, `"));
  };
  const std::vector<Constraint> some = whole ? fewest_excluding(*whole, all) : all;
  std::vector<std::string> texts;
  texts.reserve(some.size());
  for (const Constraint& constraint : some) texts.push_back(constraint.text);
  const std::vector<std::string> enough = whole ? enough_alone(*whole, all, some) : texts;
  if (enough.size() == texts.size())
    return quote(texts) + " together exclude everything; leave out or loosen one of them";
  if (!enough.empty())
    return fmt::format("{} together exclude everything; leave out or loosen {}", quote(texts), quote(enough));
  texts.clear();
  for (const Constraint& constraint : all) texts.push_back(constraint.text);
  return quote(texts) +
         " together exclude everything, also without any one of them; leave out or loosen several";
}

}  // namespace

Found allowed_near(const Space& space, const Config& config) {
  if (space.allows(config)) return {config};
  if (space.listed() != nullptr) return {nearest_listed(space, config)};
  if (const Result<Space> known = space.enumerated(); known.ok())
    return {known->enumeration()->nearest(config)};
  Random random(0);
  return {space.sample(random), false};
}

Error nothing_allowed(const std::string& name, const Space& space, bool all_seen) {
  const std::vector<Constraint>& constraints = space.constraints();
  std::optional<Space> whole;
  std::vector<std::string> alone;
  if (constraints.size() == 1 && all_seen) {  // it is known
    alone.push_back(constraints.front().text);
  } else if (constraints.size() > 1) {
    whole = without_constraints(space);
    if (whole) alone = excluding_alone(*whole, constraints);
  }
  std::string says;
  if (constraints.empty()) says = "the space has none";
  if (!alone.empty())
    says = fmt::format("`{}` {}", fmt::join(alone, "`, `"),
                       alone.size() == 1 ? "excludes everything; leave out or loosen it"
                                         : "each exclude everything; leave out or loosen all of them");
  else if (all_seen && !constraints.empty())
    says = describe_together(whole, constraints);
  if (!says.empty()) return invalid_input(fmt::format("{}: no config is allowed: {}", name, says));
  std::vector<std::string> texts;
  texts.reserve(constraints.size());
  for (const Constraint& constraint : constraints) texts.push_back(constraint.text);
  return invalid_input(
      fmt::format("{}: no allowed config was met by chance; the constraints (`{}`) allow very few or none: "
                  "loosen one, or name a default config that they allow",
                  name, fmt::join(texts, "`, `")));
}

}  // namespace tamis
