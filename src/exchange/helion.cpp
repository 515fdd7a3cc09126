#include "exchange/helion.h"

#include "base/not_finite.h"
#include "base/text.h"
#include "exchange/foreign_objective.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"
#include "trial/inferred.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kPerf = "perf_ms";
constexpr double kHelionNsPerSecond = 1e9;

/// The cells of a line of CSV, in which quotes enclose cells with commas and are written twice within them.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      cells.back() += line[i++];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += line[i];
  }
  return cells;
}

/// A value as Python's repr writes it: a number, a text in quotes, True, False; all else (None, lists) is a
/// name as it stands. Errors: as kept_number.
Result<KnobValue> python_value(std::string_view text) {
  if (text == "True" || text == "False") return KnobValue(int64_t{text == "True"});
  const bool number = parse_any_number(text) && text.find_first_of("0123456789") != std::string_view::npos;
  if (number) return kept_number(text);
  const bool quoted =
      text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  return KnobValue(std::string(quoted ? text.substr(1, text.size() - 2) : text));
}

/// `Config(block_sizes=[16, 32], num_warps=4)`, split at the commas that stand in no bracket and no text.
Result<NamedValues> read_python_config(std::string_view text) {
  if (!text.starts_with("Config(") || !text.ends_with(')'))
    return corrupt("its config is not of the form Config(...)");
  text = text.substr(7, text.size() - 8);
  NamedValues values;
  while (!text.empty()) {
    int depth = 0;
    char quote = 0;
    size_t end = 0;
    for (; end < text.size() && (depth > 0 || quote != 0 || text[end] != ','); ++end) {
      const char c = text[end];
      if (quote != 0) {
        if (c == '\\') ++end;
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else {
        depth += c == '[' || c == '(' || c == '{' ? 1 : c == ']' || c == ')' || c == '}' ? -1 : 0;
      }
    }
    end = std::min(end, text.size());
    const std::string_view item = text.substr(0, end);
    const size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0)
      return corrupt("a part of its config is not NAME=VALUE");
    TAMIS_ASSIGN(KnobValue value, python_value(item.substr(equals + 1)));
    values.emplace_back(std::string(item.substr(0, equals)), std::move(value));
    text.remove_prefix(std::min(end + 1, text.size()));
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  if (values.empty()) return corrupt("its config is empty");
  return values;
}

/// The verdict of a status; nothing for rows that tell of no outcome. What no release is known to write is a
/// failure, which its message names.
std::optional<Verdict> helion_verdict(std::string_view status) {
  if (status == "started" || status == "filtered" || status == "deduplicated") return std::nullopt;
  if (status == "ok") return Verdict::valid;
  if (status == "timeout") return Verdict::build_timeout;
  if (status == "peer_compilation_fail") return Verdict::build_failed;
  return Verdict::run_failed;
}

/// The unit of a column's numbers, which Helion puts behind its name.
std::string unit_of_column(std::string_view column) {
  if (column.ends_with("_ms")) return "ms";
  return column.ends_with("_s") ? "s" : "";
}

class HelionReader {
 public:
  explicit HelionReader(std::string_view header) {
    const std::vector<std::string> names = cells_of(header);
    for (size_t i = 0; i < names.size(); ++i) columns_[names[i]] = i;
    width_ = names.size();
  }

  /// Finds the column of the costs: the one that the user names, or that of latencies, which may be called
  /// `latency` or `time`, too.
  Status choose_column(const ReadOptions& options) {
    const bool is_perf =
        !options.objective || (asks_for_latency(options) && !columns_.contains(options.objective->name));
    measured_ = is_perf ? std::string(kPerf) : options.objective->name;
    if (!columns_.contains(measured_)) {
      std::string names;
      for (const auto& [name, unused] : columns_) names += (names.empty() ? "" : ", ") + name;
      return invalid_input(fmt::format("there is no column \"{}\"; there is {}", measured_, names));
    }
    TAMIS_ASSIGN(scale_, plain_scale_of({measured_, unit_of_column(measured_), ""}, options));
    return {};
  }

  /// Takes the row of this number, from 1.
  Status read(size_t number, std::string_view line) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != width_)
      return corrupt(fmt::format("there are {} cells, the header has {}", cells.size(), width_));
    const std::string status = cell(cells, "status");
    if (status.empty()) return corrupt("it has no status");
    const std::optional<Verdict> verdict = helion_verdict(status);
    if (!verdict) return {};
    TAMIS_ASSIGN(NamedValues values, read_python_config(cell(cells, "config")));
    Trial trial;
    trial.verdict = *verdict;
    trial.measured = reaches_device(*verdict);
    if (const auto seconds = parse_number(cell(cells, "compile_time_s")))
      trial.build_ns = duration_ns(*seconds, kHelionNsPerSecond);
    if (*verdict == Verdict::valid) {
      const auto value = parse_any_number(cell(cells, measured_));
      if (!value) return corrupt("it is ok, but has no number in " + measured_);
      trial.costs = {scale_.cost(*value, scale_.plain)};
      TAMIS_TRY(scale_.objective.check(trial.cost()));
    } else {
      trial.message = "recorded as " + status;
    }
    trial.number = number - 1;
    runs_[run_of(cells)].emplace_back(std::move(values), std::move(trial));
    return {};
  }

  void skip(size_t row, const std::string& why) { skipped_.skip(row, why); }

  Result<StoredFile> finish(const std::string& path) {
    StoredFile file;
    skipped_.tell_skipped(file);
    for (auto& [run, rows] : runs_) {
      const std::string name =
          runs_.size() == 1 || run.empty() ? recorded_name(path) : recorded_name(path) + ":" + run;
      TrialSet set;
      set.workload = peer_workload("helion", name, run.empty() ? name : run);
      set.target_identity = "helion";
      set.objective = scale_.objective;
      RowCollector collector = collect(std::move(rows));
      collector.tell_skipped(file);
      auto finished = collector.finish_set(std::move(set), name);
      if (finished.ok()) {
        file.sets.push_back(std::move(*finished));
      } else {
        file.skipped.push_back(finished.error().message);
        ++file.left_out;
      }
    }
    if (!file.sets.empty()) return file;
    return corrupt(file.skipped.empty()
                       ? path + ": there are no outcomes in this file"
                       : fmt::format("{}: none of its rows can be used; {}", path, file.skipped.front()));
  }

 private:
  using Rows = std::vector<std::pair<NamedValues, Trial>>;

  std::string cell(const std::vector<std::string>& cells, const std::string& name) const {
    const auto column = columns_.find(name);
    return column == columns_.end() ? "" : cells[column->second];
  }

  /// One kernel with its shapes; older logs call it kernel_id, the oldest have none.
  std::string run_of(const std::vector<std::string>& cells) const {
    const std::string run = cell(cells, "run_id");
    return run.empty() ? cell(cells, "kernel_id") : run;
  }

  /// Configs name what differs from Helion's defaults too, so not all have all knobs: those lacking are None.
  RowCollector collect(Rows rows) const {
    std::vector<std::string> names;
    for (const auto& [values, unused] : rows)
      for (const auto& [name, value] : values)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    RowCollector collector;
    for (auto& [values, trial] : rows) {
      for (const std::string& name : names)
        if (std::none_of(values.begin(), values.end(),
                         [&](const auto& value) { return value.first == name; }))
          values.emplace_back(name, KnobValue(std::string("None")));
      const size_t row = trial.number + 1;
      if (const Status status = collector.add(row, values, scale_.objective, std::move(trial)); !status.ok())
        collector.skip(row, status.error().message);
    }
    return collector;
  }

  std::map<std::string, size_t> columns_;
  size_t width_ = 0;
  std::string measured_;  ///< the column of the costs
  ValueScale scale_;
  std::map<std::string, Rows> runs_;
  RowCollector skipped_;
};

/// The first line of a text, which is taken from it.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<StoredFile> open_helion(std::string_view text, const std::string& path, const ReadOptions& options) {
  std::string_view rest = text;
  HelionReader reader(take_line(rest));
  if (const Status chosen = reader.choose_column(options); !chosen.ok()) return chosen.error().within(path);
  for (size_t row = 1; !rest.empty(); ++row) {
    const std::string_view line = take_line(rest);
    if (line.empty()) continue;
    if (const Status status = reader.read(row, line); !status.ok()) reader.skip(row, status.error().message);
  }
  return reader.finish(path);
}

Result<TrialFile> read_helion(const std::string& text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_helion(text, path, options));
  return trial_file_of(std::move(file));
}

/// Columns that Helion's logs of every release have.
bool is_helion(std::string_view text) {
  const std::vector<std::string> names = cells_of(take_line(text));
  for (const char* name : {"generation", "status", "perf_ms", "config"})
    if (std::find(names.begin(), names.end(), name) == names.end()) return false;
  return true;
}

}  // namespace

const Format& helion_format() {
  static const Format format = {
      "helion",   "log of Helion's autotuner, CSV",
      ".csv",     true,
      is_helion,  read_helion,
      nullptr,    "a first line with the columns generation, status, perf_ms and config",
      open_helion};
  return format;
}

}  // namespace tamis
