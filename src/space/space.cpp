#include "tamis/space.h"

#include "base/json.h"
#include "base/text.h"
#include "space/allowed_configs.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

Error unknown_value(const Knob& knob, const std::string& text) {
  std::string known;
  for (const KnobValue& value : knob.values) known += (known.empty() ? "" : ", ") + to_short_string(value);
  return invalid_input(fmt::format("the knob {} has no value \"{}\"; it has {}", knob.name, text, known));
}

}  // namespace

Result<Space> Space::create(std::vector<Knob> knobs, std::vector<Constraint> constraints) {
  Space space;
  std::unordered_set<std::string> names;
  uint64_t size = 1;
  for (const Knob& knob : knobs) {
    if (knob.values.empty()) return invalid_input(fmt::format("the knob {} has no values", knob.name));
    if (!names.insert(knob.name).second)
      return invalid_input(fmt::format("two knobs are called {}", knob.name));
    if (__builtin_mul_overflow(size, knob.values.size(), &size) || size > static_cast<uint64_t>(INT64_MAX))
      return unsupported("the space has more than 2^63 configs; leave out knobs or values");
  }
  space.knobs_ = std::move(knobs);
  space.constraints_ = std::move(constraints);
  space.size_ = size;
  return space;
}

Result<Space> Space::create_listed(std::vector<Knob> knobs, std::vector<uint64_t> indexes) {
  TAMIS_ASSIGN(Space space, create(std::move(knobs)));
  std::sort(indexes.begin(), indexes.end());
  if (!indexes.empty() && indexes.back() >= space.size_)
    return invalid_input(
        fmt::format("config {} is listed, but the space has only {}", indexes.back(), space.size_));
  const auto twice = std::adjacent_find(indexes.begin(), indexes.end());
  if (twice != indexes.end()) return invalid_input(fmt::format("config {} is listed twice", *twice));
  space.listed_ = std::make_shared<const std::vector<uint64_t>>(std::move(indexes));
  return space;
}

Space Space::constrained(std::vector<Constraint> further) const {
  Space space = *this;
  std::move(further.begin(), further.end(), std::back_inserter(space.constraints_));
  if (!enumeration_) return space;
  space.enumeration_ = nullptr;
  const Result<Space> again = space.enumerated();
  return again.ok() ? *again : space;
}

Result<Space> Space::enumerated() const {
  if (listed_ || enumeration_) return *this;
  Space space = *this;
  TAMIS_ASSIGN(space.enumeration_, AllowedConfigs::enumerate(space));
  return space;
}

std::optional<std::vector<uint64_t>> Space::allowed_indexes(uint64_t limit) const {
  std::vector<uint64_t> allowed;
  if (enumeration_) {
    if (enumeration_->count() > limit) return std::nullopt;
    for (uint64_t rank = 0; rank < enumeration_->count(); ++rank)
      allowed.push_back(index(enumeration_->config(rank)));
    std::sort(allowed.begin(), allowed.end());
    return allowed;
  }
  const auto add = [&](uint64_t index) {
    if (constraints_.empty() || allows(config(index))) allowed.push_back(index);
    return allowed.size() <= limit;
  };
  if (listed_) {
    for (const uint64_t index : *listed_)
      if (!add(index)) return std::nullopt;
    return allowed;
  }
  if (size_ > kVisitable || (constraints_.empty() && size_ > limit)) return std::nullopt;
  for (uint64_t index = 0; index < size_; ++index)
    if (!add(index)) return std::nullopt;
  return allowed;
}

Config Space::config(uint64_t index) const {
  Config config;
  config.choices.reserve(knobs_.size());
  for (const Knob& knob : knobs_) {
    config.choices.push_back(static_cast<uint32_t>(index % knob.values.size()));
    index /= knob.values.size();
  }
  return config;
}

uint64_t Space::index(const Config& config) const {
  uint64_t index = 0;
  for (size_t i = knobs_.size(); i-- > 0;) index = index * knobs_[i].values.size() + config.choices[i];
  return index;
}

std::optional<size_t> Space::find(std::string_view name) const {
  for (size_t i = 0; i < knobs_.size(); ++i)
    if (knobs_[i].name == name) return i;
  return std::nullopt;
}

const KnobValue& Space::value(const Config& config, size_t position) const {
  return knobs_[position].values[config.choices[position]];
}

int64_t Space::integer(const Config& config, std::string_view name) const {
  return std::llround(scalar(value(config, *find(name))));
}

std::string Space::describe(const Config& config) const {
  std::string text;
  for (size_t i = 0; i < knobs_.size(); ++i)
    text += fmt::format("{}{}={}", i > 0 ? " " : "", knobs_[i].name, to_short_string(value(config, i)));
  return text;
}

Result<Config> Space::parse(std::span<const std::string> assignments) const {
  Config config{std::vector<uint32_t>(knobs_.size(), 0)};
  std::vector<bool> given(knobs_.size(), false);
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    const std::optional<size_t> position = find(name);
    if (!position) {
      std::vector<std::string_view> known;
      for (const Knob& knob : knobs_) known.emplace_back(knob.name);
      return invalid_input(fmt::format("there is no knob \"{}\"{}", name, did_you_mean(name, known)));
    }
    if (equals == std::string::npos)
      return invalid_input(fmt::format("\"{}\" must be written KNOB=VALUE", assignment));
    const Knob& knob = knobs_[*position];
    const std::string text = assignment.substr(equals + 1);
    const auto same = [&](const KnobValue& value) {
      return to_short_string(value) == text || to_string(value) == text;
    };
    const auto found = std::find_if(knob.values.begin(), knob.values.end(), same);
    if (found == knob.values.end()) return unknown_value(knob, text);
    if (given[*position]) return invalid_input(fmt::format("the knob {} is given twice", name));
    given[*position] = true;
    config.choices[*position] = static_cast<uint32_t>(found - knob.values.begin());
  }
  return config;
}

bool Space::allows(const Config& config) const {
  if (enumeration_) return enumeration_->contains(config);
  if (listed_ && !std::binary_search(listed_->begin(), listed_->end(), index(config))) return false;
  return std::all_of(constraints_.begin(), constraints_.end(),
                     [&](const Constraint& constraint) { return constraint.holds(*this, config); });
}

std::optional<Config> Space::sample(Random& random, int attempts) const {
  if (enumeration_) return enumeration_->sample(random);
  if (size_ == 0 || (listed_ && listed_->empty())) return std::nullopt;
  for (int i = 0; i < attempts; ++i) {
    Config candidate = config(listed_ ? (*listed_)[random.below(listed_->size())] : random.below(size_));
    if (allows(candidate)) return candidate;
  }
  return std::nullopt;
}

Config Space::mutate(const Config& config, Random& random) const {
  std::vector<size_t> movable;
  for (size_t i = 0; i < knobs_.size(); ++i)
    if (knobs_[i].values.size() > 1) movable.push_back(i);
  Config mutated = config;
  if (movable.empty()) return mutated;
  const size_t position = movable[random.below(movable.size())];
  const auto others = static_cast<uint32_t>(knobs_[position].values.size() - 1);
  const auto choice = static_cast<uint32_t>(random.below(others));
  mutated.choices[position] = choice < config.choices[position] ? choice : choice + 1;
  return mutated;
}

std::string Space::fingerprint() const {
  // JSON, because its quoting keeps values apart whatever characters they hold.
  Json document = Json::array();
  for (const Knob& knob : knobs_) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(to_json(value));
    document.push_back({knob.name, static_cast<int>(knob.kind), std::move(values)});
  }
  for (const Constraint& constraint : constraints_) document.push_back(constraint.text);
  if (listed_) document.push_back({{"listed", *listed_}});
  return fmt::format("{:016x}", stable_hash(document.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace tamis
