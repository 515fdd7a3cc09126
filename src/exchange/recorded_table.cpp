#include "exchange/recorded_table.h"

#include "base/file.h"
#include "base/random.h"
#include "exchange/csv.h"
#include "exchange/recorded_knobs.h"
#include "exchange/t4.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tamis {
namespace {

Result<TrialSet> read_csv_table(const std::string& text, const std::string& path) {
  TAMIS_ASSIGN(CsvTable csv, read_csv(text, path));
  for (Trial& trial : csv.trials) {
    const Status status = set_csv_latency(trial);
    if (!status.ok()) return status.error().within(fmt::format("{}: row {}", path, trial.number + 1));
    if (trial.verdict != Verdict::valid && trial.message.empty())
      trial.message = fmt::format("recorded as {}", to_string(trial.verdict));
  }
  auto table = assemble_table(csv.workload, csv.space.knobs(), std::move(csv.trials));
  if (!table.ok()) return table.error().within(path);
  return table;
}

}  // namespace

std::string recorded_name(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  for (const char* ending : {".gz", ".json", ".csv", "_T4"})
    if (name.ends_with(ending) && name != ending) name.resize(name.size() - std::string(ending).size());
  return name;
}

Result<TrialSet> read_recorded_table(const std::string& path) {
  TAMIS_ASSIGN(const std::string text, read_file(path));
  const size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string::npos) return corrupt(path + ": this file is empty, not a recorded table");
  if (text.substr(0, 1000).find('\0') != std::string::npos)
    return corrupt(path + ": this file is neither JSON nor CSV, so no recorded table (of a log, export one)");
  if (text[first] == '{' || text[first] == '[') return read_t4(text, recorded_name(path), path);
  return read_csv_table(text, path);
}

}  // namespace tamis
