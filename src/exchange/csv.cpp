#include "exchange/csv.h"

#include "base/text.h"
#include "exchange/csv_cells.h"
#include "trial/reaches_device.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr double kVtaCycleNs = 10.0;  // 100 MHz

/// What a text may hold beyond one workload whose configs were each tried once.
struct Limits {
  bool workloads = false;
  bool repeats = false;
};

std::string number_cell(double value) {
  if (!std::isfinite(value)) return "";
  // Beyond 2^53 a double is no exact whole number, and its shortest form is the honest one.
  if (value == std::floor(value) && std::abs(value) <= 0x1.0p53)
    return fmt::format("{}", static_cast<int64_t>(value));
  return fmt::format("{}", value);
}

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

/// The knob of a column: numbers ascending where every cell is a whole number, else names.
Knob read_knob(const std::string& name, std::span<const CsvRecord> rows, size_t column) {
  std::set<int64_t> numbers;
  std::set<std::string> names;
  for (const CsvRecord& row : rows) {
    const std::optional<int64_t> number = parse_integer(row.cells[column]);
    // A number in another form than ours (007) would not come out as it went in.
    if (number && std::to_string(*number) == row.cells[column]) numbers.insert(*number);
    names.insert(row.cells[column]);
  }
  if (numbers.size() == names.size()) return number_knob(name, {numbers.begin(), numbers.end()});
  return name_knob(name, {names.begin(), names.end()});
}

/// For each knob the position of a value by its cell.
using Positions = std::vector<std::unordered_map<std::string, uint32_t>>;

Positions positions_of(const Space& space) {
  Positions positions;
  for (const Knob& knob : space.knobs()) {
    auto& map = positions.emplace_back();
    for (size_t i = 0; i < knob.values.size(); ++i)
      map.emplace(to_string(knob.values[i]), static_cast<uint32_t>(i));
  }
  return positions;
}

Status read_features(Trial& trial, const CsvRecord& row, const Columns& columns, const std::string& origin) {
  for (size_t i = columns.first_feature(); i < columns.message(); ++i) {
    const std::string& cell = row.cells[i];
    if (cell.empty()) continue;
    double value = 0;
    const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (code != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
      return error_at(
          origin, row.line,
          fmt::format("{} must be a finite number or empty, found \"{}\"", columns.names[i], cell));
    trial.features.set(columns.names[i], value);
  }
  return {};
}

Result<Trial> read_trial(const CsvRecord& row, const Columns& columns, const Positions& positions,
                         const std::string& origin) {
  Trial trial;
  for (size_t i = 0; i < positions.size(); ++i)
    trial.config.choices.push_back(positions[i].at(row.cells[columns.first_knob() + i]));
  auto verdict = parse_verdict(row.cells[columns.verdict]);
  if (!verdict.ok()) return error_at(origin, row.line, verdict.error().message);
  trial.verdict = *verdict;
  trial.measured = reaches_device(*verdict);
  trial.message = row.cells[columns.message()];
  TAMIS_TRY(read_features(trial, row, columns, origin));
  return trial;
}

Status check_rows(std::span<const CsvRecord> rows, const Columns& columns, Limits limits,
                  const std::string& origin) {
  for (const CsvRecord& row : rows) {
    if (row.cells.size() != columns.names.size())
      return error_at(
          origin, row.line,
          fmt::format("there are {} cells, the header has {}", row.cells.size(), columns.names.size()));
    if (!limits.workloads && row.cells[0] != rows[0].cells[0])
      return error_at(origin, row.line,
                      fmt::format("the workload is {} here and {} before; a table holds one", row.cells[0],
                                  rows[0].cells[0]));
  }
  return {};
}

Status read_rows(CsvTable& table, std::span<const CsvRecord> rows, const Columns& columns, Limits limits,
                 const std::string& origin) {
  const Positions positions = positions_of(table.space);
  std::unordered_map<uint64_t, size_t> lines;
  for (const CsvRecord& row : rows) {
    const std::optional<int64_t> index = parse_integer(row.cells[1]);
    if (!index || *index < 0)
      return error_at(origin, row.line,
                      fmt::format("index must be a whole number from 0, found \"{}\"", row.cells[1]));
    TAMIS_ASSIGN(Trial trial, read_trial(row, columns, positions, origin));
    const auto [first, is_new] = lines.emplace(table.space.index(trial.config), row.line);
    if (!is_new && !limits.repeats)
      return error_at(origin, row.line, fmt::format("this config occurs in line {} too", first->second));
    trial.number = table.trials.size();
    table.trials.push_back(std::move(trial));
    table.indices.push_back(static_cast<uint64_t>(*index));
  }
  return {};
}

Result<CsvTable> read_table(std::span<const CsvRecord> rows, const Columns& columns, Limits limits,
                            const std::string& origin) {
  std::vector<Knob> knobs;
  for (size_t i = columns.first_knob(); i < columns.verdict; ++i)
    knobs.push_back(read_knob(columns.names[i], rows, i));
  auto space = Space::create(std::move(knobs));
  if (!space.ok()) return space.error().within(origin);
  CsvTable table;
  table.workload = rows[0].cells[0];
  table.space = std::move(*space);
  table.feature_names.assign(columns.names.begin() + static_cast<std::ptrdiff_t>(columns.first_feature()),
                             columns.names.end() - 1);
  TAMIS_TRY(read_rows(table, rows, columns, limits, origin));
  return table;
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

Result<std::vector<CsvTable>> read_tables(std::string_view text, Limits limits, const std::string& origin) {
  TAMIS_ASSIGN(std::vector<CsvRecord> records, parse_csv_records(text, origin));
  if (records.size() < 2) return corrupt(origin + ": a table needs a header line and at least one row");
  TAMIS_ASSIGN(const Columns columns, read_header(records[0], origin));
  TAMIS_TRY(check_rows({records.begin() + 1, records.end()}, columns, limits, origin));
  std::vector<CsvTable> tables;
  for (const std::vector<CsvRecord>& rows : by_workload(std::move(records))) {
    TAMIS_ASSIGN(CsvTable table, read_table(rows, columns, limits, origin));
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace

std::string write_csv(std::string_view workload, const Space& space, std::span<const Trial> trials,
                      std::span<const std::string> feature_names) {
  std::string text = "workload,index";
  for (const Knob& knob : space.knobs()) text += "," + csv_cell(knob.name);
  text += ",verdict";
  for (const std::string& name : feature_names) text += "," + csv_cell(name);
  text += ",message\n";
  for (const Trial& trial : trials) {
    text += fmt::format("{},{}", csv_cell(workload), space.index(trial.config));
    for (size_t i = 0; i < space.knobs().size(); ++i)
      text += "," + csv_cell(to_short_string(space.value(trial.config, i)));
    text += fmt::format(",{}", to_string(trial.verdict));
    for (const std::string& name : feature_names) text += "," + number_cell(trial.features.get(name));
    text += "," + csv_cell(trial.message) + "\n";
  }
  return text;
}

Result<CsvTable> read_csv(std::string_view text, const std::string& origin) {
  TAMIS_ASSIGN(std::vector<CsvTable> tables, read_tables(text, {}, origin));
  return std::move(tables.front());
}

Result<std::vector<CsvTable>> read_csv_tables(std::string_view text, const std::string& origin) {
  return read_tables(text, {.workloads = true, .repeats = true}, origin);
}

Status set_csv_latency(Trial& trial) {
  if (trial.verdict != Verdict::valid) return {};
  const double latency_ns = trial.features.has("latency_ns") ? trial.features.get("latency_ns")
                                                             : trial.features.get("cycles") * kVtaCycleNs;
  if (std::isnan(latency_ns)) return corrupt("it is valid but has no number in `latency_ns` or `cycles`");
  if (const Status checked = check_latency_ns(latency_ns); !checked.ok())
    return corrupt("it is valid, but " + checked.error().message);
  trial.latencies_ns = {latency_ns};
  return {};
}

}  // namespace tamis
