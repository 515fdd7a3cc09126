#include "base/json.h"
#include "cli/commands.h"
#include "cli/sessions.h"
#include "report/text_table.h"
#include "report/tuning_report.h"

#include <map>
#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct BestArguments {
  std::string log;
  std::string workload;
  bool json = false;
};

/// The best trial of one workload on one target over all sessions; of each session its winner counts.
struct BestRow {
  SessionRecord session;
  Space space;
  Trial trial;
};

Result<std::vector<BestRow>> find_best(const Log& log, const BestArguments& arguments) {
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, select_sessions(log, {arguments.workload, 0}));
  std::vector<BestRow> rows;
  std::map<std::pair<std::string, std::string>, size_t> row_of;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(const LoadedSession loaded, load_session(log, session));
    std::optional<Trial> best = loaded.best();
    if (!best) continue;
    const auto [found, added] =
        row_of.try_emplace({session.target_identity, to_spec(session.workload)}, rows.size());
    if (added) rows.push_back({session, loaded.space, *best});
    BestRow& row = rows[found->second];
    if (best->latency_ns() < row.trial.latency_ns()) row = {session, loaded.space, std::move(*best)};
  }
  return rows;
}

std::string draw(const std::vector<BestRow>& rows) {
  TextTable table({"workload", "target", "latency", "trial", "config"}, {0, 1, 4});
  for (const BestRow& row : rows)
    table.add_row({row.session.workload.name, row.session.target_spec, format_latency(row.trial.latency_ns()),
                   fmt::format("{}.{}", row.session.id, row.trial.number),
                   row.space.describe(row.trial.config)});
  return table.draw();
}

Json to_json(const std::vector<BestRow>& rows) {
  Json all = Json::array();
  for (const BestRow& row : rows)
    all.push_back({{"workload", row.session.workload.name},
                   {"spec", to_spec(row.session.workload)},
                   {"target", row.session.target_spec},
                   {"target_identity", row.session.target_identity},
                   {"session", row.session.id},
                   {"best", tamis::to_json(row.trial, row.space)}});
  return all;
}

Result<int> run_best(const BestArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  TAMIS_ASSIGN(const std::vector<BestRow> rows, find_best(log, arguments));
  if (rows.empty() && !arguments.json) console.note("no trial was valid\n");
  return finish(console, arguments.json ? to_json(rows).dump(2) + "\n" : draw(rows),
                rows.empty() ? kNothingValid : kDone);
}

}  // namespace

Action configure_best(CLI::App& app) {
  auto arguments = std::make_shared<BestArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis")->required();
  app.add_option("--workload", arguments->workload, "only this workload");
  app.add_flag("--json", arguments->json, "one JSON document on standard output");
  return [arguments](const Console& console) {
    const Result<int> code = run_best(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
