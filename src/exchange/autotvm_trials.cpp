#include "exchange/autotvm_trials.h"

#include "base/json.h"
#include "base/text.h"
#include "exchange/json_cursor.h"
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

/// The position of a value in a knob, which may have it written in another way.
Result<uint32_t> find_value(const Knob& knob, const KnobValue& wanted) {
  auto found = std::find(knob.values.begin(), knob.values.end(), wanted);
  if (found == knob.values.end())
    found = std::find_if(knob.values.begin(), knob.values.end(),
                         [&](const KnobValue& value) { return same_value(wanted, value); });
  if (found == knob.values.end())
    return invalid_input(fmt::format("the knob {} has no value {}", knob.name, to_string(wanted)));
  return static_cast<uint32_t>(found - knob.values.begin());
}

bool is_open(const KnobValue& value) {
  const auto* factors = std::get_if<Factors>(&value);
  return factors != nullptr && !factors->empty() && factors->front() == -1;
}

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
  std::array<double, 3> same{};
  size_t count = 0;
  for (const double one : {near, std::nextafter(near, 0.0), std::nextafter(near, INFINITY)})
    if (one * kNsPerCostSecond == ns) same[count++] = one;
  if (count < 2) return count == 0 ? near : same[0];
  size_t best = 0;
  size_t digits = SIZE_MAX;
  for (size_t i = 0; i < count; ++i)
    if (const size_t length = fmt::formatted_size("{}", same[i]); length < digits) {
      best = i;
      digits = length;
    }
  return same[best];
}

std::string cost_name(size_t sample) { return fmt::format("{}{}_s", kAutotvmCost, sample); }

/// `recorded as AutoTVM's error 1: ...`, by number.
const std::array<std::string, kErrors.size()>& messages() {
  static const auto all = [] {
    std::array<std::string, kErrors.size()> texts;
    for (size_t i = 1; i < texts.size(); ++i)
      texts[i] = fmt::format("recorded as AutoTVM's error {}: {}", i, kErrors[i]);
    return texts;
  }();
  return all;
}

/// The factors that a record leaves open, of the bits of kAutotvmOpen.
constexpr size_t kMostOpen = 53;

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

AutotvmRows::AutotvmRows(AutotvmTask task, AutotvmSignature signature)
    : task_(std::move(task)), signature_(std::move(signature)), device_(device_of(task_.target)) {
  for (const auto& [name, kind] : signature_) entities_.emplace_back(name);
  numbers_.resize(entities_.size());
}

bool AutotvmRows::take(const AutotvmPieces& pieces) {
  if (pieces.entities.size() != entities_.size()) return false;
  for (size_t i = 0; i < entities_.size(); ++i) {
    const std::optional<uint32_t> number = entities_[i].find(pieces.entities[i]);
    if (!number) return false;
    numbers_[i] = *number;
  }
  for (size_t i = 0; i < entities_.size(); ++i) entities_[i].push(numbers_[i]);
  costs_s_.insert(costs_s_.end(), pieces.costs_s.begin(), pieces.costs_s.end());
  cost_ends_.push_back(static_cast<uint32_t>(costs_s_.size()));
  indexes_.push_back(pieces.index);
  errors_.push_back(static_cast<uint8_t>(pieces.error_no));
  all_costs_s_.push_back(pieces.all_cost_s);
  timestamps_s_.push_back(pieces.timestamp_s);
  if (version_.empty() || pieces.tvm_version != raw_version_) {
    raw_version_ = pieces.tvm_version;
    const std::string version = json_string(raw_version_).value_or("");
    version_ = std::string(kProposer) + (version.empty() ? "?" : version);
  }
  versions_.push(version_);
  const int64_t finished = bounded(pieces.timestamp_s * 1000);
  if (finished > 0 && (started_unix_ms_ == 0 || finished < started_unix_ms_)) started_unix_ms_ = finished;
  return true;
}

void AutotvmRows::meet(const AutotvmPieces& pieces, const AutotvmRecord& record) {
  for (size_t i = 0; i < entities_.size(); ++i)
    if (!entities_[i].find(pieces.entities[i]))
      entities_[i].add(pieces.entities[i], record.entities[i].value);
}

std::vector<KnobValue> AutotvmRows::column(size_t entity) const {
  std::vector<KnobValue> values;
  for (const uint32_t number : entities_[entity].occurring())
    values.push_back(entities_[entity].values()[number]);
  return values;
}

Result<Space> AutotvmRows::space() const {
  std::vector<Knob> knobs;
  for (size_t i = 0; i < signature_.size(); ++i)
    knobs.push_back(knob_of(signature_[i].first, signature_[i].second, column(i)));
  return Space::create(std::move(knobs));
}

Status AutotvmRows::place(const Space& space, bool open_splits) {
  if (space.knobs().size() != entities_.size())
    return invalid_input(
        fmt::format("it has {} entities, the space {} knobs", entities_.size(), space.knobs().size()));
  std::vector<std::vector<uint32_t>> positions(entities_.size());
  for (size_t i = 0; i < entities_.size(); ++i) {
    const Knob& knob = space.knobs()[i];
    if (knob.name != signature_[i].first)
      return invalid_input(fmt::format("the space has no knob {}", signature_[i].first));
    positions[i].resize(entities_[i].values().size());
    for (const uint32_t number : entities_[i].occurring()) {
      TAMIS_ASSIGN(positions[i][number], find_value(knob, entities_[i].values()[number]));
    }
  }
  note_open(space, positions, open_splits);
  for (size_t i = 0; i < entities_.size(); ++i) entities_[i].place(positions[i]);
  return {};
}

void AutotvmRows::note_open(const Space& space, const std::vector<std::vector<uint32_t>>& positions,
                            bool open_splits) {
  const size_t count = std::min(entities_.size(), kMostOpen);
  for (size_t row = 0; row < size(); ++row) {
    uint64_t open = 0;
    bool usual = true;
    for (size_t i = 0; i < count; ++i) {
      const uint32_t number = entities_[i].at(row);
      const KnobValue& value = entities_[i].values()[number];
      if (!std::holds_alternative<Factors>(value)) continue;
      open |= uint64_t{is_open(value)} << i;
      const bool expected = open_splits || is_open(space.knobs()[i].values[positions[i][number]]);
      usual = usual && is_open(value) == expected;
    }
    if (usual) continue;
    if (open_.empty()) open_.assign(size(), -1);
    open_[row] = static_cast<double>(open);
  }
}

void AutotvmRows::read(size_t position, Trial& trial) const {
  const int error_no = errors_[position];
  begin_trial(position, position, verdict_from_autotvm(error_no).value(), entities_, trial);
  const size_t begin = position == 0 ? 0 : cost_ends_[position - 1];
  for (size_t i = begin; i < cost_ends_[position]; ++i) {
    trial.costs.push_back(costs_s_[i] * kNsPerCostSecond);
    if (seconds_of(trial.costs.back()) != costs_s_[i]) trial.features.set(cost_name(i - begin), costs_s_[i]);
  }
  trial.message = messages()[static_cast<size_t>(error_no)];
  trial.features.set(std::string(kAutotvmIndex), static_cast<double>(indexes_[position]));
  if (autotvm_error_no(trial.verdict) != error_no) trial.features.set(std::string(kAutotvmErrorNo), error_no);
  trial.features.set(std::string(kAutotvmAllCost), all_costs_s_[position]);
  trial.features.set(std::string(kAutotvmTimestamp), timestamps_s_[position]);
  if (!open_.empty() && open_[position] >= 0) trial.features.set(std::string(kAutotvmOpen), open_[position]);
  trial.device = trial.measured ? device_ : "";
  trial.proposer = versions_.at(position);
  trial.run_ns = bounded(all_costs_s_[position] * kNsPerCostSecond);
  trial.finished_unix_ms = bounded(timestamps_s_[position] * 1000);
}

AutotvmRecord record_of(const AutotvmTask& task, const AutotvmSignature& signature, const Space& space,
                        const Trial& trial, bool open_splits) {
  AutotvmRecord record;
  record.task = task;
  const double index = feature_or(trial, kAutotvmIndex, -1);
  record.index = index >= 0 && index <= kExact ? static_cast<uint64_t>(index) : space.index(trial.config);
  const double recorded_open = feature_or(trial, kAutotvmOpen, -1);
  for (size_t i = 0; i < signature.size() && i < space.knobs().size(); ++i) {
    KnobValue value = space.value(trial.config, i);
    const bool is_left_open = recorded_open >= 0 && i < kMostOpen
                                  ? (static_cast<uint64_t>(recorded_open) >> i & 1U) != 0
                                  : open_splits;
    if (auto* factors = std::get_if<Factors>(&value); factors != nullptr && is_left_open && !factors->empty())
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
