#include "exchange/autotvm_trials.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/formats.h"
#include "trial/inferred.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace tamis {
namespace {

using Factors = std::vector<int64_t>;

constexpr std::string_view kProposer = "tvm ";
constexpr std::string_view kWrittenFor = "0.9.0";  // the release whose form is written
constexpr double kNsPerCostSecond = 1e9;

constexpr std::array<std::string_view, 9> kErrors = {"no error",
                                                     "instantiating the template failed",
                                                     "compiling on the host failed",
                                                     "compiling on the device failed",
                                                     "running on the device failed",
                                                     "the answer is wrong",
                                                     "building timed out",
                                                     "running timed out",
                                                     "an unknown error"};

/// The product of the factors behind the outermost; nothing that a damaged log could overflow.
double inner_product(const Factors& factors) {
  return std::accumulate(factors.begin() + 1, factors.end(), 1.0, [](double product, int64_t factor) {
    return product * static_cast<double>(factor);
  });
}

/// The extent that the splits of a column divide, from those that tell all factors; 0 where none does or they
/// disagree.
double extent_of(const std::vector<KnobValue>& column) {
  double extent = 0;
  for (const KnobValue& value : column) {
    const Factors& factors = std::get<Factors>(value);
    if (factors.front() == -1) continue;
    const double product = inner_product(factors) * static_cast<double>(factors.front());
    if (extent != 0 && product != extent) return 0;
    extent = product;
  }
  return extent;
}

/// The same factors with the outermost filled in, where the extent tells it.
Factors filled(Factors factors, double extent) {
  const double outer = extent / inner_product(factors);
  if (factors.front() == -1 && extent > 0 && outer >= 1 && outer == std::floor(outer) && outer < kExact)
    factors.front() = static_cast<int64_t>(outer);
  return factors;
}

bool by_inner_factors(const Factors& a, const Factors& b) {
  const bool inner = std::equal(a.begin() + 1, a.end(), b.begin() + 1);
  return inner ? a.front() < b.front()
               : std::lexicographical_compare(a.begin() + 1, a.end(), b.begin() + 1, b.end());
}

Knob split_knob_of(std::string name, const std::vector<KnobValue>& column) {
  const double extent = extent_of(column);
  std::set<Factors, decltype(&by_inner_factors)> values(&by_inner_factors);
  for (const KnobValue& value : column) values.insert(filled(std::get<Factors>(value), extent));
  return {std::move(name), KnobKind::split, {values.begin(), values.end()}};
}

bool has_equal_lengths(const std::vector<KnobValue>& column) {
  const size_t length = std::get<Factors>(column.front()).size();
  return length > 1 && std::all_of(column.begin(), column.end(), [&](const KnobValue& value) {
           return std::get<Factors>(value).size() == length;
         });
}

Knob knob_of(const std::string& name, AutotvmKind kind, std::vector<KnobValue> column) {
  if (kind == AutotvmKind::split) {
    if (has_equal_lengths(column)) return split_knob_of(name, column);
    for (KnobValue& value : column) value = python_json(to_json(value));
  }
  return recorded_knob(name, column).knob;
}

bool same_split(const Factors& wanted, const KnobValue& value) {
  const auto* factors = std::get_if<Factors>(&value);
  return factors != nullptr && factors->size() == wanted.size() && !wanted.empty() &&
         (wanted.front() == -1 || wanted.front() == factors->front() || factors->front() == -1) &&
         std::equal(wanted.begin() + 1, wanted.end(), factors->begin() + 1);
}

/// Whether a value of a knob is the one of an entity, which may be written in another way.
bool same_value(const KnobValue& wanted, const KnobValue& value) {
  if (const auto* factors = std::get_if<Factors>(&wanted))
    return same_split(*factors, value) || (std::holds_alternative<std::string>(value) &&
                                           std::get<std::string>(value) == python_json(to_json(wanted)));
  if (std::holds_alternative<std::string>(value)) return to_string(wanted) == std::get<std::string>(value);
  return !std::holds_alternative<std::string>(wanted) && !std::holds_alternative<Factors>(value) &&
         scalar(wanted) == scalar(value);
}

/// Finds configs; remembers where values were found, since they repeat from record to record.
class ConfigFinder {
 public:
  explicit ConfigFinder(const Space& space) : space_(space), known_(space.knobs().size()) {}

  Result<Config> find(const AutotvmRecord& record) {
    if (record.entities.size() != space_.knobs().size())
      return invalid_input(fmt::format("it has {} entities, the space {} knobs", record.entities.size(),
                                       space_.knobs().size()));
    Config config{std::vector<uint32_t>(record.entities.size())};
    for (const AutotvmEntity& entity : record.entities) {
      const auto position = space_.find(entity.name);
      if (!position) return invalid_input(fmt::format("the space has no knob {}", entity.name));
      TAMIS_ASSIGN(config.choices[*position], choice(*position, entity));
    }
    return config;
  }

 private:
  Result<uint32_t> choice(size_t position, const AutotvmEntity& entity) {
    const Knob& knob = space_.knobs()[position];
    const auto [place, is_new] = known_[position].try_emplace(entity.value, 0);
    if (!is_new) return place->second;
    auto found = std::find(knob.values.begin(), knob.values.end(), entity.value);
    if (found == knob.values.end())
      found = std::find_if(knob.values.begin(), knob.values.end(),
                           [&](const KnobValue& value) { return same_value(entity.value, value); });
    if (found == knob.values.end()) {
      known_[position].erase(place);
      return invalid_input(fmt::format("the knob {} has no value {}", knob.name, to_string(entity.value)));
    }
    return place->second = static_cast<uint32_t>(found - knob.values.begin());
  }

  const Space& space_;
  std::vector<std::map<KnobValue, uint32_t>> known_;
};

int64_t bounded(double value) {
  return std::isfinite(value) && std::abs(value) < 0x1.0p62 ? std::llround(value) : 0;
}

/// The word behind `-model=` or `-mcpu=` of a target, or the target's first word.
std::string device_of(const std::string& target) {
  for (const std::string_view key : {"-model=", "-mcpu="})
    if (const size_t begin = target.find(key); begin != std::string::npos) {
      const size_t from = begin + key.size();
      return target.substr(from, target.find(' ', from) - from);
    }
  return target.substr(0, target.find(' '));
}

/// The seconds that give these nanoseconds again when they are read: of the candidates the one of fewest
/// digits.
double seconds_of(double ns) {
  const double near = ns / kNsPerCostSecond;
  double best = near;
  size_t digits = SIZE_MAX;
  for (const double one : {near, std::nextafter(near, 0.0), std::nextafter(near, INFINITY)})
    if (const size_t length = fmt::format("{}", one).size();
        one * kNsPerCostSecond == ns && length < digits) {
      best = one;
      digits = length;
    }
  return best;
}

std::string cost_name(size_t sample) { return fmt::format("{}{}_s", kAutotvmCost, sample); }

Trial trial_of(const AutotvmRecord& record, Config config, uint64_t number) {
  Trial trial;
  trial.number = number;
  trial.config = std::move(config);
  trial.verdict = verdict_from_autotvm(record.error_no).value();
  trial.measured = reaches_device(trial.verdict);
  if (trial.verdict == Verdict::valid) {
    for (const double cost : record.costs_s) trial.costs.push_back(cost * kNsPerCostSecond);
    for (size_t i = 0; i < record.costs_s.size(); ++i)
      if (seconds_of(trial.costs[i]) != record.costs_s[i])
        trial.features.set(cost_name(i), record.costs_s[i]);
  } else {
    trial.message = fmt::format("recorded as AutoTVM's error {}: {}", record.error_no,
                                kErrors[static_cast<size_t>(record.error_no)]);
  }
  trial.features.set(std::string(kAutotvmIndex), static_cast<double>(record.index));
  if (autotvm_error_no(trial.verdict) != record.error_no)
    trial.features.set(std::string(kAutotvmErrorNo), record.error_no);
  trial.features.set(std::string(kAutotvmAllCost), record.all_cost_s);
  trial.features.set(std::string(kAutotvmTimestamp), record.timestamp_s);
  if (trial.measured) trial.device = device_of(record.task.target);
  trial.proposer = std::string(kProposer) + (record.tvm_version.empty() ? "?" : record.tvm_version);
  trial.run_ns = bounded(record.all_cost_s * kNsPerCostSecond);
  trial.finished_unix_ms = bounded(record.timestamp_s * 1000);
  return trial;
}

double feature_or(const Trial& trial, std::string_view name, double fallback) {
  const double value = trial.features.get(name);
  return std::isfinite(value) ? value : fallback;
}

/// That of the record that the trial was, if it stands for this verdict.
int error_no_of(const Trial& trial) {
  const double recorded = feature_or(trial, kAutotvmErrorNo, -1);
  const int usual = autotvm_error_no(trial.verdict);
  if (recorded < 0 || recorded > 8 || recorded != std::floor(recorded)) return usual;
  const auto verdict = verdict_from_autotvm(static_cast<int>(recorded));
  return verdict.ok() && *verdict == trial.verdict ? static_cast<int>(recorded) : usual;
}

std::string version_of(const Trial& trial) {
  if (!trial.proposer.starts_with(kProposer)) return std::string(kWrittenFor);
  const std::string version = trial.proposer.substr(kProposer.size());
  return version == "?" ? "" : version;
}

}  // namespace

AutotvmSignature signature_of(const AutotvmRecord& record) {
  AutotvmSignature signature;
  for (const AutotvmEntity& entity : record.entities) signature.emplace_back(entity.name, entity.kind);
  return signature;
}

AutotvmSignature signature_of(const Space& space) {
  AutotvmSignature signature;
  for (const Knob& knob : space.knobs())
    signature.emplace_back(knob.name, knob.kind == KnobKind::split ? AutotvmKind::split : AutotvmKind::other);
  return signature;
}

std::vector<AutotvmGroup> group_records(std::span<const AutotvmRecord> records) {
  std::vector<AutotvmGroup> groups;
  std::map<std::string, size_t> places;
  for (const AutotvmRecord& record : records) {
    const AutotvmTask& task = record.task;
    std::string key =
        fmt::format("{}\n{}\n{}\n{}\n{}", task.target, task.name, task.args, task.kwargs, task.code_hash);
    for (const AutotvmEntity& entity : record.entities)
      key += fmt::format("\n{} {}", to_string(entity.kind), entity.name);
    const auto [place, is_new] = places.emplace(std::move(key), groups.size());
    if (is_new) groups.push_back({task, signature_of(record), {}});
    groups[place->second].records.push_back(&record);
  }
  return groups;
}

Result<Space> space_of_records(const AutotvmGroup& group) {
  std::vector<Knob> knobs;
  for (size_t i = 0; i < group.signature.size(); ++i) {
    std::vector<KnobValue> column;
    for (const AutotvmRecord* record : group.records) column.push_back(record->entities[i].value);
    knobs.push_back(knob_of(group.signature[i].first, group.signature[i].second, std::move(column)));
  }
  return Space::create(std::move(knobs));
}

Result<std::vector<Trial>> trials_of_records(const AutotvmGroup& group, const Space& space) {
  std::vector<Trial> trials;
  ConfigFinder finder(space);
  for (const AutotvmRecord* record : group.records) {
    TAMIS_ASSIGN(Config config, finder.find(*record));
    trials.push_back(trial_of(*record, std::move(config), trials.size()));
  }
  return trials;
}

AutotvmRecord record_of(const AutotvmTask& task, const AutotvmSignature& signature, const Space& space,
                        const Trial& trial, bool open_splits) {
  AutotvmRecord record;
  record.task = task;
  const double index = feature_or(trial, kAutotvmIndex, -1);
  record.index = index >= 0 && index <= kExact ? static_cast<uint64_t>(index) : space.index(trial.config);
  for (size_t i = 0; i < signature.size() && i < space.knobs().size(); ++i) {
    KnobValue value = space.value(trial.config, i);
    if (auto* factors = std::get_if<Factors>(&value); factors != nullptr && open_splits && !factors->empty())
      factors->front() = -1;
    record.entities.push_back({signature[i].first, signature[i].second, std::move(value)});
  }
  record.error_no = error_no_of(trial);
  for (size_t i = 0; i < trial.costs.size(); ++i) {
    const double recorded = trial.features.get(cost_name(i));
    const bool same = recorded * kNsPerCostSecond == trial.costs[i];
    record.costs_s.push_back(same ? recorded : seconds_of(trial.costs[i]));
  }
  record.all_cost_s = feature_or(trial, kAutotvmAllCost,
                                 static_cast<double>(trial.build_ns + trial.run_ns) / kNsPerCostSecond);
  record.timestamp_s =
      feature_or(trial, kAutotvmTimestamp, static_cast<double>(trial.finished_unix_ms) / 1000);
  record.tvm_version = version_of(trial);
  return record;
}

}  // namespace tamis
