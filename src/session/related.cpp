#include "session/related.h"

#include "base/random.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kLogMagic("SQLite format 3\0", 16);

bool is_log(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  std::array<char, kLogMagic.size()> begin{};
  return file && std::fread(begin.data(), 1, begin.size(), file.get()) == begin.size() &&
         std::string_view(begin.data(), begin.size()) == kLogMagic;
}

Result<std::vector<RelatedTrials>> read_log(const std::string& path) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  std::vector<RelatedTrials> all;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(Space space, space_from_text(session.knobs));
    TAMIS_ASSIGN(std::vector<Trial> trials, log.trials(session.id));
    RelatedTrials related = related_trials(session.workload.name, std::move(space), std::move(trials));
    if (!related.trials.empty()) all.push_back(std::move(related));
  }
  return all;
}

/// A fingerprint of the space and the first `count` trials.
std::string fingerprint(const RelatedTrials& related, size_t count) {
  // Without the list of a recorded table, which a log does not keep: the same trials are then the same.
  std::string text = knobs_to_text(related.space);
  for (size_t i = 0; i < count; ++i) {
    const Trial& trial = related.trials[i];
    text += fmt::format("{} {} {};", related.space.index(trial.config), static_cast<int>(trial.verdict),
                        trial.latency_ns());
  }
  return fmt::format("{}:{:016x}", count, stable_hash(text));
}

}  // namespace

RelatedTrials related_trials(std::string name, Space space, std::vector<Trial> trials) {
  size_t count = 0;
  while (count < trials.size() && trials[count].number == count) ++count;
  trials.resize(count);
  std::erase_if(trials, [](const Trial& trial) { return trial.verdict == Verdict::device_lost; });
  return {std::move(name), std::move(space), std::move(trials)};
}

Result<std::vector<RelatedTrials>> read_related(const std::string& path) {
  if (is_log(path)) return read_log(path);
  TAMIS_ASSIGN(const RecordedTable table, read_recorded_table(path));
  return std::vector<RelatedTrials>{related_trials(table)};
}

RelatedTrials related_trials(const RecordedTable& table) {
  RelatedTrials related{table.name, table.space, table.trials};
  for (Trial& trial : related.trials) trial.features = {};
  return related;
}

std::string describe_related(std::span<const RelatedTrials> related) {
  std::string text;
  for (const RelatedTrials& one : related)
    text += (text.empty() ? "" : " ") + fingerprint(one, one.trials.size());
  return text;
}

Result<std::vector<RelatedTrials>> recall_related(std::span<const RelatedTrials> related,
                                                  const std::string& learnt_from) {
  std::vector<RelatedTrials> recalled;
  if (learnt_from.empty()) return recalled;
  size_t next = 0;
  for (const std::string& wanted : split_text(learnt_from, ' ')) {
    const std::optional<int64_t> count = parse_integer(wanted.substr(0, wanted.find(':')));
    if (!count || *count < 0) return corrupt("the log does not say what the session learnt from");
    const auto length = static_cast<size_t>(*count);
    const auto same = [&](const RelatedTrials& one) {
      return one.trials.size() >= length && fingerprint(one, length) == wanted;
    };
    while (next < related.size() && !same(related[next])) ++next;
    if (next == related.size()) return not_found("what the session learnt from is not at hand");
    recalled.push_back(related[next++]);
    recalled.back().trials.resize(length);
  }
  return recalled;
}

}  // namespace tamis
