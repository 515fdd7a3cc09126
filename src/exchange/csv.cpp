#include "exchange/csv.h"

#include "exchange/csv_rows.h"
#include "exchange/csv_scanner.h"
#include "exchange/recognition.h"
#include "targets/vta/simulator/simulator.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// The rows of every workload of a table, in the order in which they begin.
struct CsvTable {
  CsvColumns columns;
  std::vector<std::string> workloads;
  std::vector<std::unique_ptr<CsvRows>> rows;
  Skipped skipped;
};

Error error_at(const std::string& origin, size_t line, const std::string& what) {
  return corrupt(fmt::format("{}, line {}: {}", origin, line, what));
}

/// Gives every row to its workload.
class RowSorter {
 public:
  RowSorter(CsvTable& table, bool with_costs) : table_(table), with_costs_(with_costs) {}

  Status take(std::span<const std::string_view> cells) {
    if (cells.front().empty()) return corrupt("its workload has no name");
    if (table_.rows.empty() || cells.front() != table_.workloads[place_]) find(cells.front());
    return table_.rows[place_]->take(cells);
  }

 private:
  void find(std::string_view workload) {
    const auto [found, is_new] = places_.emplace(std::string(workload), table_.rows.size());
    place_ = found->second;
    if (!is_new) return;
    table_.workloads.emplace_back(workload);
    table_.rows.push_back(std::make_unique<CsvRows>(table_.columns, with_costs_));
  }

  CsvTable& table_;
  bool with_costs_;
  size_t place_ = 0;
  std::unordered_map<std::string, size_t> places_;
};

/// Rows without costs are as they stand.
Result<CsvTable> scan_table(std::string_view text, const std::string& origin, const ReadOptions& options,
                            bool with_costs) {
  CsvScanner scanner(text);
  CsvTable table;
  if (!scanner.next()) return corrupt(origin + ": a table needs a header line and at least one row");
  if (!scanner.fault().empty()) return error_at(origin, scanner.line(), scanner.fault());
  auto columns = read_csv_header(scanner.cells(), options);
  if (!columns.ok()) return Error{columns.error().kind, error_at(origin, 1, columns.error().message).message};
  table.columns = std::move(*columns);
  RowSorter sorter(table, with_costs);
  while (scanner.next()) {
    const bool blank = scanner.fault().empty() && scanner.cells().size() == 1 && scanner.cells()[0].empty();
    if (blank) continue;
    const Status taken = scanner.fault().empty() ? sorter.take(scanner.cells()) : corrupt(scanner.fault());
    if (!taken.ok()) table.skipped.add(scanner.line(), taken.error().message);
  }
  const bool any =
      std::any_of(table.rows.begin(), table.rows.end(), [](const auto& rows) { return rows->size() > 0; });
  if (any) return table;
  if (table.skipped.count() == 0)
    return corrupt(origin + ": a table needs a header line and at least one row");
  const std::string more =
      table.skipped.count() > 1 ? fmt::format(" (and {} more lines)", table.skipped.count() - 1) : "";
  return corrupt(fmt::format("{}, {}{}", origin, table.skipped.first("line"), more));
}

/// The sets of a table; those without rows are left out.
Result<StoredFile> stored_file_of(CsvTable table, const std::string& origin) {
  StoredFile file;
  file.skipped = table.skipped.sentences("line");
  file.left_out = table.skipped.count();
  for (size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows[i]->size() == 0) continue;
    StoredSet set{named_trials(table.workloads[i], {}, {}), nullptr};
    set.head.target_identity = "csv";
    if (const Status status = table.rows[i]->finish(set.head); !status.ok())
      return status.error().within(origin);
    set.trials = std::move(table.rows[i]);
    file.sets.push_back(std::move(set));
  }
  return file;
}

Result<StoredFile> open_csv(std::string_view text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(CsvTable table, scan_table(text, path, options, true));
  return stored_file_of(std::move(table), path);
}

Result<TrialFile> read_file_of_csv(const std::string& text, const std::string& path,
                                   const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_csv(text, path, options));
  return trial_file_of(std::move(file));
}

}  // namespace

const Format& csv_format() {
  static const Format format = {
      "csv",          "CSV table",
      ".csv",         false,
      looks_like_csv, read_file_of_csv,
      write_csv_file, "a first line workload,index,KNOB...,verdict,FEATURE...,message",
      open_csv};
  return format;
}

Result<CsvContent> read_csv(std::string_view text, const std::string& origin) {
  TAMIS_ASSIGN(CsvTable table, scan_table(text, origin, {}, false));
  CsvContent content;
  const std::vector<std::string>& names = table.columns.names;
  content.feature_names.assign(names.begin() + static_cast<std::ptrdiff_t>(table.columns.first_feature()),
                               names.end() - 1);
  for (const auto& rows : table.rows)
    if (rows->size() > 0) content.indices.push_back(rows->indices());
  TAMIS_ASSIGN(StoredFile file, stored_file_of(std::move(table), origin));
  content.skipped = std::move(file.skipped);
  for (const StoredSet& set : file.sets) {
    content.sets.push_back(unstored(set, true));
    content.sets.back().target_identity.clear();
  }
  return content;
}

Result<double> csv_latency_ns(double latency_ns, double cycles) {
  if (std::isnan(latency_ns)) latency_ns = vta::MemoryProfile{}.to_ns(cycles);
  if (std::isnan(latency_ns)) return corrupt("it is valid but has no number in `latency_ns` or `cycles`");
  if (const Status checked = check_latency_ns(latency_ns); !checked.ok())
    return corrupt("it is valid, but " + checked.error().message);
  return latency_ns;
}

}  // namespace tamis
