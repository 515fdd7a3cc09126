#include "tamis/space.h"

#include "base/json.h"
#include "base/text.h"
#include "space/allowed_configs.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

Error unknown_value(const Knob& knob, const std::string& text) {
  std::string known;
  for (const KnobValue& value : knob.values) known += (known.empty() ? "" : ", ") + to_short_string(value);
  return invalid_input(fmt::format("the knob {} has no value \"{}\"; it has {}", knob.name, text, known));
}

/// Of consecutive knobs as many as fit one word of 63 bits, again and again: where each such run ends.
std::vector<size_t> ends_of_words(std::span<const Knob> knobs) {
  std::vector<size_t> ends;
  uint64_t product = 1;
  for (size_t i = 0; i < knobs.size(); ++i) {
    if (!__builtin_mul_overflow(product, knobs[i].values.size(), &product) &&
        product < Space::kUncountable / 2)
      continue;
    ends.push_back(i);
    product = knobs[i].values.size();
  }
  ends.push_back(knobs.size());
  return ends;
}

/// The rank in mixed radix of the choices of the knobs from `begin` up to `end`.
uint64_t rank_of(std::span<const Knob> knobs, const Config& config, size_t begin, size_t end) {
  uint64_t rank = 0;
  for (size_t i = end; i-- > begin;) rank = rank * knobs[i].values.size() + config.choices[i];
  return rank;
}

/// Appends the choices of the knobs from `begin` up to `end`.
void append_choices(std::span<const Knob> knobs, uint64_t rank, size_t begin, size_t end, Config& config) {
  for (size_t i = begin; i < end; ++i) {
    config.choices.push_back(static_cast<uint32_t>(rank % knobs[i].values.size()));
    rank /= knobs[i].values.size();
  }
}

/// A number of any size as digits to the base of a billion, the least first.
class LargeNumber {
 public:
  /// Multiplies, then adds.
  void take(uint64_t factor, uint64_t addend) {
    uint64_t carry = addend;
    for (uint64_t& digit : digits_) {
      const uint64_t all = digit * factor + carry;
      digit = all % kBase;
      carry = all / kBase;
    }
    for (; carry > 0; carry /= kBase) digits_.push_back(carry % kBase);
  }
  std::string text() const {
    if (digits_.empty()) return "0";
    std::string text = std::to_string(digits_.back());
    for (size_t i = digits_.size() - 1; i-- > 0;) text += fmt::format("{:09}", digits_[i]);
    return text;
  }

 private:
  static constexpr uint64_t kBase = 1'000'000'000;
  std::vector<uint64_t> digits_;
};

/// Where the name of a knob ends in `KNOB=VALUE`: names and values may hold `=` themselves, so the longest
/// name that there is counts, and the first `=` where there is none.
size_t end_of_name(const Space& space, std::string_view assignment) {
  for (size_t equals = assignment.rfind('='); equals != std::string_view::npos && equals > 0;
       equals = assignment.rfind('=', equals - 1))
    if (space.find(assignment.substr(0, equals))) return equals;
  return assignment.find('=');
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
    const bool fits = size != kUncountable && !__builtin_mul_overflow(size, knob.values.size(), &size) &&
                      size <= static_cast<uint64_t>(INT64_MAX);
    if (!fits) size = kUncountable;
  }
  if (size == kUncountable) space.word_ends_ = ends_of_words(knobs);
  space.knobs_ = std::move(knobs);
  space.constraints_ = std::move(constraints);
  space.size_ = size;
  return space;
}

Result<Space> Space::create_listed(std::vector<Knob> knobs, std::vector<ConfigKey> listed) {
  TAMIS_ASSIGN(Space space, create(std::move(knobs)));
  std::sort(listed.begin(), listed.end());
  const auto beyond = [&](const ConfigKey& key) {
    return space.countable() ? key.index() >= space.size_ : key.words().size() != space.word_ends_.size();
  };
  const auto outside = std::find_if(listed.begin(), listed.end(), beyond);
  if (outside != listed.end())
    return invalid_input(fmt::format("config {} is listed, but the space has only {}", listed.back().index(),
                                     size_text(space)));
  const auto twice = std::adjacent_find(listed.begin(), listed.end());
  if (twice != listed.end())
    return invalid_input(fmt::format("{} is listed twice", name_config(space, space.config(*twice))));
  space.listed_ = std::make_shared<const std::vector<ConfigKey>>(std::move(listed));
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

Space Space::hinted(std::vector<Hint> further) const {
  Space space = *this;
  std::move(further.begin(), further.end(), std::back_inserter(space.hints_));
  return space;
}

Result<Space> Space::enumerated() const {
  if (listed_ || enumeration_) return *this;
  Space space = *this;
  TAMIS_ASSIGN(space.enumeration_, AllowedConfigs::enumerate(space));
  return space;
}

std::optional<std::vector<ConfigKey>> Space::allowed_keys(uint64_t limit) const {
  std::vector<ConfigKey> allowed;
  if (enumeration_) {
    if (enumeration_->count() > std::min(limit, kUncountable - 1)) return std::nullopt;
    for (uint64_t rank = 0; rank < enumeration_->count(); ++rank)
      allowed.push_back(key(enumeration_->config(rank)));
    std::sort(allowed.begin(), allowed.end());
    return allowed;
  }
  const auto add = [&](const ConfigKey& one) {
    if (constraints_.empty() || allows(config(one))) allowed.push_back(one);
    return allowed.size() <= limit;
  };
  if (listed_) {
    for (const ConfigKey& one : *listed_)
      if (!add(one)) return std::nullopt;
    return allowed;
  }
  if (size_ > kVisitable || (constraints_.empty() && size_ > limit)) return std::nullopt;
  for (uint64_t index = 0; index < size_; ++index)
    if (!add(index)) return std::nullopt;
  return allowed;
}

double Space::log2_size() const {
  if (size_ == 0) return -std::numeric_limits<double>::infinity();
  double sum = 0;
  for (const Knob& knob : knobs_) sum += std::log2(static_cast<double>(knob.values.size()));
  return sum;
}

Config Space::config(uint64_t index) const {
  Config config;
  config.choices.reserve(knobs_.size());
  append_choices(knobs_, index, 0, knobs_.size(), config);
  return config;
}

Config Space::config(const ConfigKey& key) const {
  if (countable()) return config(key.index());
  Config config;
  config.choices.reserve(knobs_.size());
  const std::span<const uint64_t> words = key.words();
  for (size_t i = 0; i < words.size(); ++i)
    append_choices(knobs_, words[i], config.choices.size(), word_ends_[i], config);
  return config;
}

uint64_t Space::index(const Config& config) const {
  return countable() ? rank_of(knobs_, config, 0, knobs_.size()) : kUncountable;
}

ConfigKey Space::key(const Config& config) const {
  if (countable()) return index(config);
  std::vector<uint64_t> words;
  size_t begin = 0;
  for (const size_t end : word_ends_) {
    words.push_back(rank_of(knobs_, config, begin, end));
    begin = end;
  }
  return ConfigKey(words);
}

std::string Space::rank_text(const Config& config) const {
  if (countable()) return std::to_string(index(config));
  LargeNumber rank;
  for (size_t i = knobs_.size(); i-- > 0;) rank.take(knobs_[i].values.size(), config.choices[i]);
  return rank.text();
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
    const size_t equals = end_of_name(*this, assignment);
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
  if (listed_ && !std::binary_search(listed_->begin(), listed_->end(), key(config))) return false;
  return std::all_of(constraints_.begin(), constraints_.end(),
                     [&](const Constraint& constraint) { return constraint.holds(*this, config); });
}

std::optional<Config> Space::sample(Random& random, int attempts) const {
  if (enumeration_) return enumeration_->sample(random);
  if (size_ == 0 || (listed_ && listed_->empty())) return std::nullopt;
  for (int i = 0; i < attempts; ++i) {
    Config candidate = listed_ ? config((*listed_)[random.below(listed_->size())]) : draw(random);
    if (allows(candidate)) return candidate;
  }
  return std::nullopt;
}

Config Space::draw(Random& random) const {
  if (countable()) return config(random.below(size_));
  Config drawn;
  drawn.choices.reserve(knobs_.size());
  for (const Knob& knob : knobs_)
    drawn.choices.push_back(static_cast<uint32_t>(random.below(knob.values.size())));
  return drawn;
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
  if (listed_) {
    Json all = Json::array();
    for (const ConfigKey& one : *listed_) {
      const std::span<const uint64_t> words = one.words();
      all.push_back(countable() ? Json(one.index())
                                : Json(std::vector<uint64_t>(words.begin(), words.end())));
    }
    document.push_back({{"listed", std::move(all)}});
  }
  return fmt::format("{:016x}", stable_hash(document.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace tamis
