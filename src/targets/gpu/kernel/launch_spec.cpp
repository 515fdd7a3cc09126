#include "targets/gpu/kernel/launch_spec.h"

#include "base/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr uint64_t kMostInGroup = uint64_t{1} << 20;
constexpr uint64_t kMostGroups = uint64_t{1} << 40;
constexpr std::array<char, 3> kAxes = {'x', 'y', 'z'};
/// So many combinations of values are tried to find out whether a limit matters.
constexpr uint64_t kMostTried = 65536;

/// A formula, or a list of one to three; `read` gets each with its place.
template <class Item, class Read>
Result<std::vector<Item>> read_axes(const Json& json, const std::string& place, Read&& read) {
  const Json sizes = json.is_array() ? json : Json::array({json});
  if (sizes.empty() || sizes.size() > 3)
    return invalid_input(fmt::format("{}: one to three sizes are expected, x first", place));
  std::vector<Item> axes;
  for (size_t i = 0; i < sizes.size(); ++i) {
    TAMIS_ASSIGN(Item item, read(sizes[i], fmt::format("{}, {}", place, kAxes[i])));
    axes.push_back(std::move(item));
  }
  return axes;
}

/// Reads members of a launch.
class LaunchReader {
 public:
  LaunchReader(const Json& json, const FormulaNames& names, Scope scope, std::string place)
      : json_(json), names_(names), scope_(scope), place_(std::move(place)) {}

  Result<std::vector<Formula>> sizes(const char* key) const {
    if (!json_.contains(key)) return std::vector<Formula>();
    return read_axes<Formula>(json_[key], place_ + ", " + key, [&](const Json& one, const std::string& at) {
      return Formula::read(one, names_, scope_, at);
    });
  }

  Result<std::optional<Formula>> formula(const char* key) const {
    if (!json_.contains(key)) return std::optional<Formula>();
    TAMIS_ASSIGN(Formula read, Formula::read(json_[key], names_, scope_, place_ + ", " + key));
    return std::optional<Formula>(std::move(read));
  }

  /// Each axis has one divisor, or a list of them.
  Result<std::optional<std::vector<std::vector<Formula>>>> divisors() const {
    using Axes = std::vector<std::vector<Formula>>;
    if (!json_.contains("grid_divisors")) return std::optional<Axes>();
    TAMIS_ASSIGN(Axes axes, read_axes<std::vector<Formula>>(
                                json_["grid_divisors"], place_ + ", grid_divisors",
                                [&](const Json& axis, const std::string& at) { return product(axis, at); }));
    return std::optional<Axes>(std::move(axes));
  }

 private:
  Result<std::vector<Formula>> product(const Json& json, const std::string& at) const {
    std::vector<Formula> factors;
    const Json list = json.is_array() ? json : Json::array({json});
    for (const Json& one : list) {
      TAMIS_ASSIGN(Formula formula, Formula::read(one, names_, scope_, at));
      factors.push_back(std::move(formula));
    }
    return factors;
  }

  const Json& json_;
  const FormulaNames& names_;
  Scope scope_;
  std::string place_;
};

/// Exactly one way must say how many groups there are.
Status check_ways(const Json& json, const std::string& place) {
  std::vector<std::string> ways;
  for (const char* way : {"groups", "global", "problem_size"})
    if (json.contains(way)) ways.emplace_back(way);
  if (json.contains("grid_divisors") && !json.contains("problem_size"))
    return invalid_input(
        fmt::format("{}: \"grid_divisors\" divide \"problem_size\", which is missing", place));
  if (ways.size() > 1)
    return invalid_input(
        fmt::format("{}: \"{}\" and \"{}\" exclude each other; both say how many groups there "
                    "are",
                    place, ways[0], ways[1]));
  if (ways.empty())
    return invalid_input(
        fmt::format("{}: nothing says how many groups there are; give \"problem_size\" with "
                    "\"grid_divisors\", \"groups\", or \"global\" in items",
                    place));
  if (!json.contains("group"))
    return invalid_input(
        fmt::format("{}: \"group\" is missing, the sizes of a group (CUDA: a block) in items", place));
  return {};
}

Result<std::optional<std::vector<std::string>>> argument_names(const Json& json, const std::string& place) {
  using Names = std::vector<std::string>;
  if (!json.contains("arguments")) return std::optional<Names>();
  Names names;
  for (const Json& name : json["arguments"])
    if (name.is_string()) names.push_back(name.get<std::string>());
  if (!json["arguments"].is_array() || names.size() != json["arguments"].size())
    return invalid_input(place + ", arguments: a list of names of arguments is expected");
  return std::optional<Names>(std::move(names));
}

/// A limit of a device on the product of formulas.
struct DeviceLimit {
  std::string what;
  uint64_t most = 0;
  std::vector<Formula> factors;
};

std::vector<DeviceLimit> limits_on(const LaunchSpec& spec, const DeviceFacts& device) {
  std::vector<DeviceLimit> limits = {{"items of a group", device.group_items, spec.group}};
  // One that allows as many items along an axis as together demands nothing of its own.
  for (size_t axis = 0; axis < spec.group.size(); ++axis)
    if (device.group_sizes.at(axis) < device.group_items)
      limits.push_back({fmt::format("items of a group along {}", kAxes.at(axis)),
                        device.group_sizes.at(axis),
                        {spec.group[axis]}});
  if (spec.shared_bytes)
    limits.push_back({"bytes of shared memory", device.shared_bytes, {*spec.shared_bytes}});
  return limits;
}

/// The positions of the knobs that decide whether a limit is kept.
std::vector<size_t> knobs_of(const DeviceLimit& limit, const LaunchSpec& spec, const FormulaNames& names) {
  std::set<size_t> knobs;
  const auto add = [&](const Formula& formula) {
    const std::vector<size_t> some = formula.knobs(names);
    knobs.insert(some.begin(), some.end());
  };
  for (const Formula& factor : limit.factors) add(factor);
  if (spec.when) add(*spec.when);
  return {knobs.begin(), knobs.end()};
}

/// Whether a config keeps a limit; true where its launch is left out or a formula has no value.
bool is_within(const DeviceLimit& limit, const LaunchSpec& spec, const FormulaNames& names,
               const Config& config) {
  const Result<bool> launched = is_launched(spec, names, config);
  if (!launched.ok() || !*launched) return true;
  uint64_t product = 1;
  for (const Formula& factor : limit.factors) {
    const Result<uint64_t> size = factor.whole(names, config, 0);
    if (!size.ok()) return true;
    if (*size > limit.most || product > limit.most) return false;
    product *= *size;
  }
  return product <= limit.most;
}

/// Whether some values of these knobs do not keep a limit; also true where there are too many to try.
template <class Holds>
bool may_exceed(const std::vector<size_t>& knobs, const FormulaNames& names, const Holds& holds) {
  uint64_t count = 1;
  for (const size_t knob : knobs) {
    count *= names.names()[knob].values.size();
    if (count > kMostTried) return true;
  }
  Config config{std::vector<uint32_t>(names.names().size(), 0)};
  for (uint64_t number = 0; number < count; ++number) {
    uint64_t rest = number;
    for (const size_t knob : knobs) {
      const uint64_t values = names.names()[knob].values.size();
      config.choices[knob] = static_cast<uint32_t>(rest % values);
      rest /= values;
    }
    if (!holds(config)) return true;
  }
  return false;
}

uint64_t ceiling(uint64_t number, uint64_t divisor) {
  return number / divisor + (number % divisor > 0 ? 1 : 0);
}

/// The number of groups along an axis.
Result<uint64_t> groups_along(const LaunchSpec& spec, size_t axis, uint64_t group, const FormulaNames& names,
                              const Config& config) {
  if (!spec.groups.empty())
    return axis < spec.groups.size() ? spec.groups[axis].whole(names, config, 1) : Result<uint64_t>(1);
  const std::vector<Formula>& items = spec.global.empty() ? spec.problem : spec.global;
  if (axis >= items.size()) return uint64_t{1};
  TAMIS_ASSIGN(const uint64_t number, items[axis].whole(names, config, 1));
  if (!spec.global.empty() || !spec.divisors) return ceiling(number, group);
  // Real, so that `block_x / 32` may be below 1; sizes and products are exact as far as 2^53.
  double divisor = 1;
  if (axis < spec.divisors->size())
    for (const Formula& factor : (*spec.divisors)[axis]) {
      TAMIS_ASSIGN(const double one, factor.positive(names, config));
      divisor *= one;
    }
  const double groups = std::ceil(static_cast<double>(number) / divisor);
  return groups < static_cast<double>(kMostGroups) ? std::max(static_cast<uint64_t>(groups), uint64_t{1})
                                                   : kMostGroups + 1;
}

}  // namespace

Result<LaunchSpec> read_launch(const Json& json, const FormulaNames& names, Scope scope,
                               const std::string& place) {
  LaunchSpec spec;
  spec.place = place;
  TAMIS_ASSIGN(spec.entry, JsonObject(json, place).string("entry"));
  if (spec.entry.empty()) return invalid_input(place + ", entry: the name of a function is expected");
  TAMIS_TRY(check_ways(json, place));
  const LaunchReader reader(json, names, scope, place);
  TAMIS_ASSIGN(spec.group, reader.sizes("group"));
  TAMIS_ASSIGN(spec.groups, reader.sizes("groups"));
  TAMIS_ASSIGN(spec.global, reader.sizes("global"));
  TAMIS_ASSIGN(spec.problem, reader.sizes("problem_size"));
  TAMIS_ASSIGN(spec.divisors, reader.divisors());
  TAMIS_ASSIGN(spec.shared_bytes, reader.formula("shared_bytes"));
  TAMIS_ASSIGN(spec.when, reader.formula("when"));
  TAMIS_ASSIGN(spec.arguments, argument_names(json, place));
  return spec;
}

Json with_common_members(const Json& launch, const Json& common) {
  Json all = launch;
  const bool own_count = launch.contains("groups") || launch.contains("global");
  const bool own_problem = launch.contains("problem_size") || launch.contains("grid_divisors");
  for (const char* key : {"entry", "group", "shared_bytes"})
    if (!all.contains(key) && common.contains(key)) all[key] = common[key];
  for (const char* key : {"groups", "global"})
    if (!own_count && !own_problem && common.contains(key)) all[key] = common[key];
  for (const char* key : {"problem_size", "grid_divisors"})
    if (!own_count && !all.contains(key) && common.contains(key)) all[key] = common[key];
  return all;
}

Result<Grid> grid_of(const LaunchSpec& spec, const FormulaNames& names, const Config& config) {
  Grid grid;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (axis < spec.group.size()) {
      TAMIS_ASSIGN(grid.group[axis], spec.group[axis].whole(names, config, 1));
    }
    TAMIS_ASSIGN(grid.groups[axis], groups_along(spec, axis, grid.group[axis], names, config));
    if (grid.group[axis] > kMostInGroup || grid.groups[axis] > kMostGroups)
      return invalid_input(fmt::format("{}: {} groups of {} items along {} are more than any device has",
                                       spec.entry, grid.groups[axis], grid.group[axis], kAxes[axis]));
  }
  if (static_cast<double>(grid.groups[0]) * static_cast<double>(grid.groups[1]) *
          static_cast<double>(grid.groups[2]) >
      static_cast<double>(kMostGroups))
    return invalid_input(fmt::format("{}: {} x {} x {} groups are more than any device runs", spec.entry,
                                     grid.groups[0], grid.groups[1], grid.groups[2]));
  return grid;
}

Result<bool> is_launched(const LaunchSpec& spec, const FormulaNames& names, const Config& config) {
  if (!spec.when) return true;
  TAMIS_ASSIGN(const double wanted, spec.when->number(names, config));
  return wanted != 0;
}

Status check_sizes(const LaunchSpec& spec, const FormulaNames& names) {
  const Config any{std::vector<uint32_t>(names.names().size(), 0)};
  const auto whole = [&](const std::vector<Formula>& sizes, uint64_t least) -> Status {
    for (const Formula& size : sizes)
      if (size.knobs(names).empty()) TAMIS_TRY(size.whole(names, any, least));
    return {};
  };
  for (const auto* sizes : {&spec.group, &spec.groups, &spec.global, &spec.problem})
    TAMIS_TRY(whole(*sizes, 1));
  if (spec.shared_bytes) TAMIS_TRY(whole({*spec.shared_bytes}, 0));
  for (const std::vector<Formula>& axis : spec.divisors.value_or(std::vector<std::vector<Formula>>()))
    for (const Formula& factor : axis)
      if (factor.knobs(names).empty()) TAMIS_TRY(factor.positive(names, any));
  if (!spec.when) return {};
  // A formula that has no value for the first config may have one for others; a text is one for all.
  const Result<KnobValue> wanted = spec.when->value(names, any);
  const bool is_text = wanted.ok() && std::holds_alternative<std::string>(*wanted);
  if (is_text || spec.when->knobs(names).empty()) TAMIS_TRY(spec.when->number(names, any));
  return {};
}

Result<std::vector<Constraint>> limits_of(const std::shared_ptr<const LaunchSpec>& spec,
                                          const std::shared_ptr<const FormulaNames>& names,
                                          const DeviceFacts& device) {
  std::vector<Constraint> constraints;
  for (const DeviceLimit& limit : limits_on(*spec, device)) {
    const std::vector<size_t> knobs = knobs_of(limit, *spec, *names);
    const auto holds = [spec, names, limit](const Config& config) {
      return is_within(limit, *spec, *names, config);
    };
    if (!may_exceed(knobs, *names, holds)) continue;
    const std::string text = fmt::format("{}: at most {} {}", spec->entry, limit.most, limit.what);
    if (knobs.empty())
      return invalid_input(
          fmt::format("{}: no config fits the device, and no knob changes that: {}", spec->place, text));
    Constraint constraint{text, [holds](const Space&, const Config& config) { return holds(config); }};
    for (const size_t knob : knobs) constraint.knobs.push_back(names->names()[knob].name);
    constraints.push_back(std::move(constraint));
  }
  return constraints;
}

}  // namespace tamis::gpu
