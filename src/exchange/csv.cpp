#include "exchange/csv.h"

#include "base/not_finite.h"
#include "base/text.h"
#include "exchange/recognition.h"
#include "targets/vta/simulator/simulator.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Walks over a CSV text cell by cell.
class CellReader {
 public:
  CellReader(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  Result<std::vector<CsvRecord>> read() {
    std::vector<CsvRecord> records;
    while (position_ < text_.size()) {
      CsvRecord record{line_, {}};
      TAMIS_TRY(read_record(record));
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  /// Reads cells up to and with the line's end.
  Status read_record(CsvRecord& record) {
    for (;;) {
      TAMIS_ASSIGN(std::string cell, at('"') ? read_quoted() : read_bare());
      record.cells.push_back(std::move(cell));
      if (skip(",")) continue;
      if (position_ == text_.size() || skip("\r\n") || skip("\n")) break;
      return fail("there is text after a closing quote; a quote inside a cell is written twice");
    }
    ++line_;
    return {};
  }

  Result<std::string> read_bare() {
    const size_t begin = position_;
    position_ = std::min(text_.find_first_of(",\n", begin), text_.size());
    if (at('\n') && position_ > begin && text_[position_ - 1] == '\r') --position_;
    const std::string_view cell = text_.substr(begin, position_ - begin);
    if (cell.find('"') != std::string_view::npos)
      return fail("a cell with a quote in it must be quoted as a whole");
    return std::string(cell);
  }

  Result<std::string> read_quoted() {
    const size_t first_line = line_;
    std::string cell;
    for (++position_; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
        cell += '"';
        ++position_;
      } else {
        ++position_;
        return cell;
      }
    }
    line_ = first_line;
    return fail("the quote that opens here is never closed; the file may be cut off");
  }

  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }

  bool skip(std::string_view expected) {
    if (!text_.substr(position_).starts_with(expected)) return false;
    position_ += expected.size();
    return true;
  }

  Error fail(std::string_view what) const {
    return corrupt(fmt::format("{}, line {}: {}", origin_, line_, what));
  }

  std::string_view text_;
  const std::string& origin_;
  size_t position_ = 0;
  size_t line_ = 1;
};

/// Which columns hold what.
struct Columns {
  std::vector<std::string> names;
  size_t verdict = 0;
  size_t first_knob() const { return 2; }
  size_t first_feature() const { return verdict + 1; }
  size_t message() const { return names.size() - 1; }
};

Error error_at(const std::string& origin, size_t line, const std::string& what) {
  return corrupt(fmt::format("{}, line {}: {}", origin, line, what));
}

Result<Columns> read_header(const CsvRecord& header, const std::string& origin) {
  Columns columns{header.cells, 0};
  const auto verdict = std::find(header.cells.begin(), header.cells.end(), "verdict");
  columns.verdict = static_cast<size_t>(verdict - header.cells.begin());
  const bool framed = header.cells.size() >= 4 && header.cells[0] == "workload" &&
                      header.cells[1] == "index" && header.cells.back() == "message" &&
                      verdict != header.cells.end() && columns.verdict >= 2;
  if (!framed)
    return error_at(origin, header.line,
                    "the header must be workload,index,KNOB...,verdict,FEATURE...,message");
  std::set<std::string> seen;
  for (const std::string& name : columns.names) {
    if (name.empty()) return error_at(origin, header.line, "a column has no name");
    if (!seen.insert(name).second)
      return error_at(origin, header.line, fmt::format("two columns are called {}", name));
  }
  return columns;
}

/// The number in the cell of a knob; nothing for a name. An integer in another form than ours (007) is a
/// name, as it would not come out as it went in.
std::optional<KnobValue> number_in(const std::string& cell) {
  if (const std::optional<int64_t> whole = parse_integer(cell)) {
    if (std::to_string(*whole) == cell) return KnobValue(*whole);
    return std::nullopt;
  }
  const bool decimal = cell.find_first_of(".eE") != std::string::npos;
  const std::optional<double> real = decimal ? parse_number(cell) : std::nullopt;
  return real ? std::optional<KnobValue>(*real) : std::nullopt;
}

/// The knob of a column and each row's value: numbers ascending where every cell is one, else names.
RecordedKnob read_knob(const std::string& name, std::span<const CsvRecord> rows, size_t column) {
  std::set<std::string_view> cells;
  std::vector<KnobValue> numbers;
  for (const CsvRecord& row : rows) {
    std::optional<KnobValue> number = number_in(row.cells[column]);
    if (!number) break;
    numbers.push_back(std::move(*number));
    cells.insert(row.cells[column]);
  }
  if (numbers.size() == rows.size()) {
    RecordedKnob recorded = recorded_knob(name, numbers);
    // Two forms of one number (1 and 1.0) are two values of the one who wrote them.
    if (recorded.knob.values.size() == cells.size()) return recorded;
  }
  std::vector<KnobValue> names;
  for (const CsvRecord& row : rows) names.emplace_back(row.cells[column]);
  return recorded_knob(name, names);
}

Status read_features(Trial& trial, const CsvRecord& row, const Columns& columns, const std::string& origin) {
  for (size_t i = columns.first_feature(); i < columns.message(); ++i) {
    const std::string& cell = row.cells[i];
    if (cell.empty()) continue;
    const std::optional<double> value = parse_any_number(cell);
    // A latency that cannot be is refused with its row alone.
    if (!value || (!std::isfinite(*value) && columns.names[i] != kCsvLatency))
      return error_at(
          origin, row.line,
          fmt::format("{} must be a finite number or empty, found \"{}\"", columns.names[i], cell));
    trial.features.set(columns.names[i], *value);
  }
  return {};
}

/// All of a row but its config.
Result<Trial> read_trial(const CsvRecord& row, const Columns& columns, const std::string& origin) {
  Trial trial;
  auto verdict = parse_verdict(row.cells[columns.verdict]);
  if (!verdict.ok()) return error_at(origin, row.line, verdict.error().message);
  trial.verdict = *verdict;
  trial.measured = reaches_device(*verdict);
  trial.message = row.cells[columns.message()];
  TAMIS_TRY(read_features(trial, row, columns, origin));
  return trial;
}

Status check_rows(std::span<const CsvRecord> rows, const Columns& columns, const std::string& origin) {
  for (const CsvRecord& row : rows)
    if (row.cells.size() != columns.names.size())
      return error_at(
          origin, row.line,
          fmt::format("there are {} cells, the header has {}", row.cells.size(), columns.names.size()));
  return {};
}

/// Space::kUncountable of a config that has no index: an empty cell, or more digits than fit.
Result<uint64_t> read_index(const CsvRecord& row, const std::string& origin) {
  const std::string& cell = row.cells[1];
  if (const std::optional<int64_t> index = parse_integer(cell); index && *index >= 0)
    return static_cast<uint64_t>(*index);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (std::all_of(cell.begin(), cell.end(), is_digit)) return Space::kUncountable;
  return error_at(origin, row.line,
                  fmt::format("index must be an integer from 0 or empty, found \"{}\"", cell));
}

/// Adds the rows of one workload.
Status read_set(CsvContent& content, std::span<const CsvRecord> rows, const Columns& columns,
                const std::string& origin) {
  std::vector<Knob> knobs;
  std::vector<Config> configs(rows.size());
  for (size_t i = columns.first_knob(); i < columns.verdict; ++i) {
    RecordedKnob recorded = read_knob(columns.names[i], rows, i);
    for (size_t row = 0; row < rows.size(); ++row) configs[row].choices.push_back(recorded.choices[row]);
    knobs.push_back(std::move(recorded.knob));
  }
  auto space = Space::create(std::move(knobs));
  if (!space.ok()) return space.error().within(origin);
  TrialSet set = named_trials(rows[0].cells[0], std::move(*space), {});
  std::vector<uint64_t>& indices = content.indices.emplace_back();
  for (const CsvRecord& row : rows) {
    TAMIS_ASSIGN(const uint64_t index, read_index(row, origin));
    TAMIS_ASSIGN(Trial trial, read_trial(row, columns, origin));
    trial.number = set.trials.size();
    trial.config = std::move(configs[trial.number]);
    set.trials.push_back(std::move(trial));
    indices.push_back(index);
  }
  content.sets.push_back(std::move(set));
  return {};
}

/// The rows of each workload, in the order in which they begin.
std::vector<std::vector<CsvRecord>> by_workload(std::vector<CsvRecord> records) {
  std::vector<std::vector<CsvRecord>> groups;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 1; i < records.size(); ++i) {
    const auto [place, is_new] = places.emplace(records[i].cells[0], groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(std::move(records[i]));
  }
  return groups;
}

/// A valid row without a latency is skipped, the others are taken.
void take_rows(TrialSet set, TrialFile& file) {
  if (set.workload.name.empty()) {
    file.skipped.push_back(fmt::format("{} rows whose workload has no name", set.trials.size()));
    return;
  }
  std::vector<Trial> rows = std::exchange(set.trials, {});
  for (Trial& trial : rows) {
    if (const Status status = set_csv_latency(trial); !status.ok()) {
      file.skipped.push_back(
          fmt::format("{}, row {}: {}", set.workload.name, trial.number + 1, status.error().message));
      continue;
    }
    trial.number = set.trials.size();
    set.trials.push_back(std::move(trial));
  }
  if (!set.trials.empty()) file.sets.push_back(std::move(set));
}

Result<TrialFile> read_file_of_csv(const std::string& text, const std::string& path) {
  TAMIS_ASSIGN(CsvContent content, read_csv(text, path));
  TrialFile file;
  for (TrialSet& set : content.sets) {
    set.target_identity = "csv";
    take_rows(std::move(set), file);
  }
  return file;
}

Result<TrialSet> read_table_of_csv(const std::string& text, const std::string& path) {
  TAMIS_ASSIGN(CsvContent csv, read_csv(text, path));
  if (csv.sets.size() > 1)
    return corrupt(fmt::format("{}: a recorded table holds one workload, and here are {} and {}", path,
                               csv.sets[0].workload.name, csv.sets[1].workload.name));
  TrialSet& set = csv.sets.front();
  for (Trial& trial : set.trials) {
    const Status status = set_csv_latency(trial);
    if (!status.ok()) return status.error().within(fmt::format("{}: row {}", path, trial.number + 1));
    if (trial.verdict != Verdict::valid && trial.message.empty())
      trial.message = fmt::format("recorded as {}", to_string(trial.verdict));
  }
  auto table = assemble_table(set.workload.name, set.space.knobs(), std::move(set.trials));
  if (!table.ok()) return table.error().within(path);
  return table;
}

}  // namespace

const Format& csv_format() {
  static const Format format = {
      "csv",          "CSV table",       ".csv",
      false,          looks_like_csv,    read_file_of_csv,
      write_csv_file, read_table_of_csv, "a first line workload,index,KNOB...,verdict,FEATURE...,message"};
  return format;
}

Result<CsvContent> read_csv(std::string_view text, const std::string& origin) {
  TAMIS_ASSIGN(std::vector<CsvRecord> records, parse_csv_records(text, origin));
  if (records.size() < 2) return corrupt(origin + ": a table needs a header line and at least one row");
  TAMIS_ASSIGN(const Columns columns, read_header(records[0], origin));
  TAMIS_TRY(check_rows({records.begin() + 1, records.end()}, columns, origin));
  CsvContent content;
  content.feature_names.assign(columns.names.begin() + static_cast<std::ptrdiff_t>(columns.first_feature()),
                               columns.names.end() - 1);
  for (const std::vector<CsvRecord>& rows : by_workload(std::move(records)))
    TAMIS_TRY(read_set(content, rows, columns, origin));
  return content;
}

Status set_csv_latency(Trial& trial) {
  const bool has_column = trial.features.has(kCsvLatency);
  const double latency_ns =
      has_column ? trial.features.get(kCsvLatency) : vta::MemoryProfile{}.to_ns(trial.features.get("cycles"));
  std::erase_if(trial.features.values, [](const auto& feature) { return feature.first == kCsvLatency; });
  if (trial.verdict != Verdict::valid) return {};
  if (!has_column && std::isnan(latency_ns))
    return corrupt("it is valid but has no number in `latency_ns` or `cycles`");
  if (const Status checked = check_latency_ns(latency_ns); !checked.ok())
    return corrupt("it is valid, but " + checked.error().message);
  trial.costs = {latency_ns};
  return {};
}

Result<std::vector<CsvRecord>> parse_csv_records(std::string_view text, const std::string& origin) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return CellReader(text, origin).read();
}

}  // namespace tamis
