#include "experiment/report/trial_rows.h"

#include "base/text.h"
#include "experiment/report/columns.h"
#include "tamis/counts.h"

#include <algorithm>
#include <limits>
#include <span>

namespace tamis::report {
namespace {

// A page with more than a few megabytes of messages is slow to open, and nobody reads them.
constexpr size_t kMostMessageBytes = size_t{4} << 20;
constexpr size_t kMostNameBytes = size_t{64} << 10;

template <class Element>
std::span<const Element> rest(const std::vector<Element>& column, size_t from) {
  return std::span(column).subspan(from);
}

float microseconds(int64_t ns) { return static_cast<float>(static_cast<double>(ns) / 1e3); }

uint32_t small(uint64_t number) {
  return static_cast<uint32_t>(std::min<uint64_t>(number, std::numeric_limits<uint32_t>::max()));
}

bool any(std::span<const uint32_t> column) {
  return std::any_of(column.begin(), column.end(), [](uint32_t value) { return value != 0; });
}

void add_texts_of(const TextTable& table, size_t from, const char* name, Json& object) {
  Json& member = object[name] = Json::array();
  for (size_t i = from; i < table.texts().size(); ++i) member.push_back(table.texts()[i]);
}

}  // namespace

uint32_t TextTable::code(std::string_view text) {
  if (text.empty()) return 0;
  std::string key(text);
  if (const auto known = codes_.find(key); known != codes_.end()) return known->second;
  if (bytes_ + text.size() > most_bytes_) {
    ++left_out_;
    return 0;
  }
  bytes_ += text.size();
  texts_.push_back(key);
  const auto code = static_cast<uint32_t>(texts_.size());
  codes_.emplace(std::move(key), code);
  return code;
}

TrialRows::TrialRows(size_t knobs, const Objective& objective, int64_t started_unix_ms)
    : objective_(objective),
      started_unix_ms_(started_unix_ms),
      choices_(knobs),
      messages_(kMostMessageBytes),
      devices_(kMostNameBytes),
      proposers_(kMostNameBytes) {}

void TrialRows::add(const Trial& trial) {
  numbered_ = numbered_ || trial.number != size();
  for (size_t knob = 0; knob < choices_.size(); ++knob) choices_[knob].push_back(trial.config.choices[knob]);
  verdicts_.push_back(static_cast<uint32_t>(trial.verdict));
  measured_.push_back(trial.measured ? 1 : 0);
  message_.push_back(messages_.code(telling_line(trial.message)));
  device_.push_back(devices_.code(trial.device));
  proposer_.push_back(proposers_.code(trial.proposer));
  numbers_.push_back(small(trial.number));
  same_code_as_.push_back(trial.same_code_as ? small(*trial.same_code_as + 1) : 0);
  const bool has_value = trial.verdict == Verdict::valid && !trial.costs.empty();
  values_.push_back(has_value ? objective_.value_of(trial.cost()) : std::numeric_limits<double>::quiet_NaN());
  finished_ms_.push_back(trial.finished_unix_ms == 0 ? 0 : trial.finished_unix_ms - started_unix_ms_);
  build_us_.push_back(microseconds(trial.build_ns));
  run_us_.push_back(microseconds(trial.run_ns));
}

std::optional<size_t> TrialRows::row_of(uint64_t number) const {
  const auto place = std::lower_bound(numbers_.begin(), numbers_.end(), number);
  if (place == numbers_.end() || *place != number) return std::nullopt;
  return static_cast<size_t>(place - numbers_.begin());
}

uint64_t TrialRows::texts_left_out() const {
  return messages_.left_out() + devices_.left_out() + proposers_.left_out();
}

Json TrialRows::columns(size_t from) const {
  Json choices = Json::array();
  for (const std::vector<uint32_t>& column : choices_) choices.push_back(whole_column(rest(column, from)));
  Json columns = {{"count", size() - from}, {"choices", std::move(choices)}};
  columns["verdict"] = whole_column(rest(verdicts_, from));
  columns["value"] = value_column(rest(values_, from));
  columns["measured"] = whole_column(rest(measured_, from));
  columns["message"] = whole_column(rest(message_, from));
  columns["device"] = whole_column(rest(device_, from));
  columns["proposer"] = whole_column(rest(proposer_, from));
  columns["build_us"] = length_column(rest(build_us_, from));
  columns["run_us"] = length_column(rest(run_us_, from));
  columns["finished_ms"] = time_column(rest(finished_ms_, from));
  // Rows that are appended cannot be counted from 0.
  if (numbered_ || from > 0) columns["number"] = whole_column(rest(numbers_, from));
  if (any(rest(same_code_as_, from))) columns["same_code_as"] = whole_column(rest(same_code_as_, from));
  return columns;
}

TrialRows::Texts TrialRows::texts() const {
  return {messages_.texts().size(), devices_.texts().size(), proposers_.texts().size()};
}

void TrialRows::add_texts(Json& object, const Texts& from) const {
  add_texts_of(messages_, from.messages, "messages", object);
  add_texts_of(devices_, from.devices, "devices", object);
  add_texts_of(proposers_, from.proposers, "proposers", object);
}

}  // namespace tamis::report
