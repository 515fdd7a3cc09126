#include "exchange/t4.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "base/text.h"
#include "exchange/recognition.h"
#include "tamis/formats.h"
#include "trial/inferred.h"

#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

namespace tamis {
namespace {

namespace dom = simdjson::dom;

/// Up to here the slow parser may be asked where a broken document breaks.
constexpr size_t kDiagnosable = size_t{64} << 20;

struct Unit {
  std::string_view name;
  double ns;
};
// "miliseconds" is what the published tables say.
constexpr std::array kUnits = {Unit{"", 1e6},
                               Unit{"milliseconds", 1e6},
                               Unit{"miliseconds", 1e6},
                               Unit{"ms", 1e6},
                               Unit{"seconds", 1e9},
                               Unit{"s", 1e9},
                               Unit{"microseconds", 1e3},
                               Unit{"us", 1e3},
                               Unit{"nanoseconds", 1.0},
                               Unit{"ns", 1.0}};

std::optional<double> unit_ns(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return unit.ns;
  return std::nullopt;
}

std::optional<std::string_view> text_of(const dom::object& object, std::string_view key) {
  std::string_view text;
  if (object.at_key(key).get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<double> number_of(const dom::object& object, std::string_view key) {
  double number = 0;
  if (object.at_key(key).get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

/// A number, or one of the words that quote_not_finite puts in quotes.
std::optional<double> any_number(const dom::element& element) {
  double number = 0;
  if (element.get(number) == simdjson::SUCCESS) return number;
  std::string_view word;
  if (element.get(word) != simdjson::SUCCESS) return std::nullopt;
  const std::optional<double> meant = parse_any_number(word);
  return meant && !std::isfinite(*meant) ? meant : std::nullopt;
}

std::optional<double> any_number_of(const dom::object& object, std::string_view key) {
  dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS) return std::nullopt;
  return any_number(element);
}

/// The member as a message quotes it, `missing` where there is none.
std::string excerpt_of(const dom::object& object, std::string_view key) {
  constexpr size_t kLongest = 80;
  dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS) return "missing";
  const std::string text = simdjson::minify(element);
  return std::string(first_characters(text, kLongest));
}

/// Nothing where there is none: simdjson's own empty object must not be asked anything.
std::optional<dom::object> object_of(const dom::object& object, std::string_view key) {
  dom::object member;
  if (object.at_key(key).get(member) != simdjson::SUCCESS) return std::nullopt;
  return member;
}

/// Nothing for what no knob can be: an object, a list, null, or an integer beyond 64 bits.
std::optional<KnobValue> knob_value(const dom::element& element) {
  bool truth = false;
  if (element.get(truth) == simdjson::SUCCESS) return KnobValue(int64_t{truth});
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return KnobValue(std::string(text));
  int64_t whole = 0;
  if (element.get(whole) == simdjson::SUCCESS) return KnobValue(whole);
  double number = 0;
  if (element.is_uint64() || element.get(number) != simdjson::SUCCESS) return std::nullopt;
  return KnobValue(number);
}

class T4Reader {
 public:
  /// A row whose latency cannot be is told of in `skipped`; without one it is an error.
  explicit T4Reader(std::vector<std::string>* skipped) : skipped_(skipped) {}

  Status read(const dom::element& document) {
    dom::object root;
    dom::array results;
    if (document.get(root) != simdjson::SUCCESS || root.at_key("results").get(results) != simdjson::SUCCESS)
      return corrupt("this JSON is not a T4 table: it has no list \"results\" at its top");
    if (const auto metadata = object_of(root, "metadata"))
      default_unit_ = text_of(*metadata, "timeunit").value_or("");
    size_t number = 0;
    for (const dom::element& result : results) {
      Status status = read_row(result, number++);
      if (!status.ok()) return status.error().within(fmt::format("row {}", number));
    }
    if (number == 0) return corrupt("the table has no rows");
    return {};
  }

  /// Of the whole product of the knobs, the trials in the order of the rows and numbered by them.
  Result<TrialSet> finish(const std::string& name) {
    if (trials_.empty() && skipped_ != nullptr && !skipped_->empty()) return corrupt(skipped_->front());
    if (trials_.empty()) return corrupt("the table has no config that is allowed");
    std::vector<Knob> knobs;
    for (size_t i = 0; i < names_.size(); ++i) {
      RecordedKnob recorded = recorded_knob(names_[i], columns_[i]);
      columns_[i] = {};
      for (size_t row = 0; row < trials_.size(); ++row)
        trials_[row].config.choices.push_back(recorded.choices[row]);
      knobs.push_back(std::move(recorded.knob));
    }
    TAMIS_ASSIGN(Space space, Space::create(std::move(knobs)));
    return named_trials(name, std::move(space), std::move(trials_));
  }

 private:
  Status read_row(const dom::element& result, uint64_t number) {
    dom::object row;
    if (result.get(row) != simdjson::SUCCESS) return corrupt("it is not an object");
    const std::optional<dom::object> configuration = object_of(row, "configuration");
    if (!configuration) return corrupt("it has no object \"configuration\"");
    Trial trial;
    trial.number = number;
    const auto word = text_of(row, "invalidity");
    if (!word) return corrupt("it has no text \"invalidity\"");
    TAMIS_ASSIGN(trial.verdict, verdict_from_t4(*word));
    if (trial.verdict != Verdict::valid) refine(row, trial.verdict);
    if (trial.verdict == Verdict::rejected) return {};
    TAMIS_TRY(read_configuration(*configuration));
    trial.measured = reaches_device(trial.verdict);
    Status outcome = read_outcome(row, trial);
    if (outcome.ok()) {
      trials_.push_back(std::move(trial));
    } else if (skipped_ != nullptr) {
      skipped_->push_back(fmt::format("row {}: {}", number + 1, outcome.error().message));
      for (std::vector<KnobValue>& column : columns_) column.pop_back();
    } else {
      return outcome;
    }
    return {};
  }

  /// One word of T4 stands for several verdicts; a row that tamis wrote says which.
  static void refine(const dom::object& row, Verdict& verdict) {
    const auto measurement = find_measurement(row, kT4Verdict);
    if (!measurement) return;
    const auto word = parse_verdict(text_of(*measurement, "value").value_or(""));
    if (word.ok() && t4_invalidity(*word) == t4_invalidity(verdict)) verdict = *word;
  }

  /// The first row says which knobs there are; in the others they may come in another order.
  Status read_configuration(const dom::object& configuration) {
    if (!std::exchange(named_, true)) {
      for (const auto field : configuration) names_.emplace_back(field.key);
      columns_.resize(names_.size());
    }
    size_t found = 0;
    for (const auto field : configuration) {
      // The usual order first, so that a row costs one comparison a knob.
      size_t knob = found < names_.size() && names_[found] == field.key ? found : find_knob(field.key);
      if (knob == names_.size())
        return corrupt(fmt::format("it has the knob \"{}\", which the first row has not", field.key));
      if (columns_[knob].size() != trials_.size())
        return corrupt(fmt::format("it has the knob \"{}\" twice", field.key));
      std::optional<KnobValue> value = knob_value(field.value);
      if (!value)
        return corrupt(
            fmt::format("the knob \"{}\" is neither a text, true, false nor a finite number, a whole one "
                        "within 2^63",
                        field.key));
      columns_[knob].push_back(std::move(*value));
      ++found;
    }
    for (size_t knob = 0; found < names_.size() && knob < names_.size(); ++knob)
      if (columns_[knob].size() == trials_.size())
        return corrupt(fmt::format("it lacks the knob \"{}\", which the first row has", names_[knob]));
    return {};
  }

  size_t find_knob(std::string_view name) const {
    size_t knob = 0;
    while (knob < names_.size() && names_[knob] != name) ++knob;
    return knob;
  }

  Status read_outcome(const dom::object& row, Trial& trial) const {
    const std::optional<dom::object> times = object_of(row, "times");
    if (times) {
      auto compilation_ms = number_of(*times, "compilation");
      if (!compilation_ms) compilation_ms = number_of(*times, "compilation_time");
      // A clock of years is a defect of the recording, and would not fit.
      if (compilation_ms && *compilation_ms >= 0 && *compilation_ms < 1e12)
        trial.build_ns = std::llround(*compilation_ms * 1e6);
    }
    if (trial.verdict == Verdict::valid) return read_latency(row, times, trial);
    trial.message = failure_message(row);
    return {};
  }

  /// The objective among the measurements, else the mean of the runtimes.
  Status read_latency(const dom::object& row, const std::optional<dom::object>& times, Trial& trial) const {
    std::optional<double> latency_ns;
    std::string fault = "it has neither an objective nor runtimes, and so no latency";
    if (const auto measurement = find_objective(row)) {
      std::string_view unit = text_of(*measurement, "unit").value_or("");
      if (unit.empty()) unit = default_unit_;
      const auto factor = unit_ns(unit);
      if (!factor)
        return corrupt(
            fmt::format("its objective is in \"{}\", which is not a unit of time; known are "
                        "seconds, milliseconds, microseconds and nanoseconds",
                        unit));
      latency_ns = any_number_of(*measurement, "value");
      if (latency_ns) *latency_ns *= *factor;
      fault = fmt::format("its objective is {}, which is not a latency", excerpt_of(*measurement, "value"));
    }
    if (latency_ns.value_or(0) == 0 && times) {
      const double mean_ns = mean_runtime_ns(*times);
      if (mean_ns != 0) latency_ns = mean_ns;
    }
    if (!latency_ns) return corrupt("it is correct, but " + fault);
    if (const Status checked = check_latency_ns(*latency_ns); !checked.ok())
      return corrupt("it is correct, but " + checked.error().message);
    trial.costs = {*latency_ns};
    return {};
  }

  static std::optional<dom::object> find_objective(const dom::object& row) {
    std::string_view objective;
    if (row.at_key("objectives").at(0).get(objective) != simdjson::SUCCESS) return std::nullopt;
    return find_measurement(row, objective);
  }

  static std::optional<dom::object> find_measurement(const dom::object& row, std::string_view name) {
    dom::array measurements;
    if (row.at_key("measurements").get(measurements) != simdjson::SUCCESS) return std::nullopt;
    for (const dom::element& one : measurements) {
      dom::object measurement;
      if (one.get(measurement) == simdjson::SUCCESS && text_of(measurement, "name") == name)
        return measurement;
    }
    return std::nullopt;
  }

  static double mean_runtime_ns(const dom::object& times) {
    dom::array runtimes;
    if (times.at_key("runtimes").get(runtimes) != simdjson::SUCCESS) return 0;
    double sum_ms = 0;
    size_t count = 0;
    for (const dom::element& runtime : runtimes) {
      const std::optional<double> ms = any_number(runtime);
      if (!ms) return 0;
      sum_ms += *ms;
      ++count;
    }
    return count == 0 ? 0 : sum_ms / static_cast<double>(count) * 1e6;
  }

  /// The peers write the reason where a valid row has its time.
  static std::string failure_message(const dom::object& row) {
    if (const auto measurement = find_objective(row))
      if (const auto reason = text_of(*measurement, "value"); reason && !reason->empty())
        return std::string(*reason);
    return fmt::format("recorded as \"{}\"", text_of(row, "invalidity").value_or(""));
  }

  std::vector<std::string>* skipped_;
  bool named_ = false;  // whether a row said which knobs there are
  std::string_view default_unit_;
  std::vector<std::string> names_;
  std::vector<std::vector<KnobValue>> columns_;  // a value for every trial
  std::vector<Trial> trials_;
};

/// simdjson does not tell where a document breaks.
Error explain(const std::string& text, const std::string& origin, simdjson::error_code code) {
  if (text.size() <= kDiagnosable)
    if (const Result<Json> slow = parse_json(text, origin); !slow.ok()) return slow.error();
  return corrupt(fmt::format("{}: not valid JSON: {}", origin, simdjson::error_message(code)));
}

/// Python writes NaN and Infinity, which are no JSON, where a program measured nothing.
simdjson::error_code parse(dom::parser& parser, const std::string& text, dom::element& document) {
  const auto code = parser.parse(text).get(document);
  if (code == simdjson::SUCCESS || text.size() > kDiagnosable) return code;
  return parser.parse(quote_not_finite(text)).get(document) == simdjson::SUCCESS ? simdjson::SUCCESS : code;
}

/// `skipped` as T4Reader has it.
Result<TrialSet> read_rows(const std::string& text, const std::string& name, const std::string& origin,
                           std::vector<std::string>* skipped) {
  dom::parser parser;
  dom::element document;
  if (const auto code = parse(parser, text, document); code != simdjson::SUCCESS)
    return explain(text, origin, code);
  T4Reader reader(skipped);
  if (const Status status = reader.read(document); !status.ok()) return status.error().within(origin);
  Result<TrialSet> rows = reader.finish(name);
  if (!rows.ok()) return rows.error().within(origin);
  return rows;
}

/// Every row, a config that was tried again too: a log does not keep which configs a table lists.
Result<TrialFile> read_file_of_t4(const std::string& text, const std::string& path) {
  TrialFile file;
  TAMIS_ASSIGN(TrialSet set, read_rows(text, recorded_name(path), path, &file.skipped));
  set.target_identity = "t4";
  for (size_t i = 0; i < set.trials.size(); ++i) set.trials[i].number = i;
  file.sets.push_back(std::move(set));
  return file;
}

Result<TrialText> write_file_of_t4(std::span<const TrialSet> sets) {
  if (sets.size() == 1) return TrialText{write_t4(sets.front()), {}};
  return invalid_input(
      fmt::format("a T4 table holds the trials of one session, and those of {} are to be written; write each "
                  "to a file of its own",
                  sets.size()));
}

Result<TrialSet> read_table_of_t4(const std::string& text, const std::string& path) {
  return read_t4(text, recorded_name(path), path);
}

}  // namespace

const Format& t4_format() {
  static const Format format = {"t4",
                                "T4 1.0.0 table of one workload, JSON",
                                ".json",
                                false,
                                looks_like_t4,
                                read_file_of_t4,
                                write_file_of_t4,
                                read_table_of_t4,
                                "a JSON object with a list `results` of configurations"};
  return format;
}

Result<Verdict> verdict_from_t4(std::string_view invalidity) {
  if (invalidity == "correct") return Verdict::valid;
  if (invalidity == "constraints") return Verdict::rejected;
  if (invalidity == "compile") return Verdict::build_failed;
  if (invalidity == "runtime") return Verdict::run_failed;
  if (invalidity == "timeout") return Verdict::run_timeout;
  if (invalidity == "correctness") return Verdict::wrong_result;
  return corrupt(fmt::format("T4 has no invalidity \"{}\"", invalidity));
}

Result<TrialSet> read_t4(const std::string& text, const std::string& name, const std::string& origin) {
  TAMIS_ASSIGN(TrialSet rows, read_rows(text, name, origin, nullptr));
  Result<TrialSet> table = assemble_table(name, rows.space.knobs(), std::move(rows.trials));
  if (!table.ok()) return table.error().within(origin);
  return table;
}

}  // namespace tamis
