#include "exchange/related.h"

#include "exchange/recorded_table.h"
#include "log/log.h"

#include <array>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

namespace tamis {
namespace {

constexpr std::string_view kLogMagic("SQLite format 3\0", 16);

bool is_log(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  std::array<char, kLogMagic.size()> begin{};
  return file && std::fread(begin.data(), 1, begin.size(), file.get()) == begin.size() &&
         std::string_view(begin.data(), begin.size()) == kLogMagic;
}

Result<std::vector<TrialSet>> read_log(const std::string& path) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  std::vector<TrialSet> all;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(Space space, space_from_text(session.knobs));
    TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(session.id));
    TrialSet related = related_trials(session.workload.name, std::move(space), std::move(trials));
    if (!related.trials.empty()) all.push_back(std::move(related));
  }
  return all;
}

}  // namespace

TrialSet related_trials(std::string name, Space space, std::vector<Trial> trials) {
  size_t count = 0;
  while (count < trials.size() && trials[count].number == count) ++count;
  trials.resize(count);
  std::erase_if(trials, [](const Trial& trial) { return trial.verdict == Verdict::device_lost; });
  return named_trials(std::move(name), std::move(space), std::move(trials));
}

Result<std::vector<TrialSet>> read_related(const std::string& path) {
  if (is_log(path)) return read_log(path);
  TAMIS_ASSIGN(const TrialSet table, read_recorded_table(path));
  return std::vector<TrialSet>{related_trials(table)};
}

TrialSet related_trials(const TrialSet& table) {
  TrialSet related = table;
  for (Trial& trial : related.trials) trial.features = {};
  return related;
}

}  // namespace tamis
