#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/sessions.h"
#include "report/text_table.h"
#include "report/tuning_report.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ShowArguments {
  std::string log;
  std::string workload;
  int64_t session = 0;
  std::string verdict;
  uint64_t top = 0;
  bool json = false;
};

Result<std::vector<Trial>> wanted_trials(const ShowArguments& arguments, std::vector<Trial> trials) {
  if (!arguments.verdict.empty()) {
    TAMIS_ASSIGN(const Verdict verdict, named_verdict(arguments.verdict));
    std::erase_if(trials, [&](const Trial& trial) { return trial.verdict != verdict; });
  }
  if (arguments.top > 0) {
    std::stable_sort(trials.begin(), trials.end(),
                     [](const Trial& a, const Trial& b) { return a.latency_ns() < b.latency_ns(); });
    if (trials.size() > arguments.top) trials.resize(arguments.top);
  }
  return trials;
}

std::string draw_trials(const LoadedSession& session) {
  TextTable table({"trial", "index", "verdict", "latency", "by", "config"}, {2, 4, 5});
  for (const Trial& trial : session.trials) {
    const std::string latency = trial.latencies_ns.empty() ? "-" : format_latency(trial.latency_ns());
    const std::string outcome = trial.message.empty()
                                    ? session.space.describe(trial.config)
                                    : session.space.describe(trial.config) + ": " + trial.message;
    table.add_row({fmt::format("{}", trial.number), fmt::format("{}", session.space.index(trial.config)),
                   std::string(to_string(trial.verdict)), latency, trial.proposer, outcome});
  }
  return table.draw();
}

std::string draw_finals(const LoadedSession& session) {
  if (!session.finals) return "";
  TextTable table({"finals", "trial", "runs", "verdict", "latency", "message"}, {3, 5});
  for (size_t place = 0; place < session.finals->finalists.size(); ++place) {
    const Finalist& finalist = session.finals->finalists[place];
    table.add_row({fmt::format("{}", place + 1), fmt::format("{}", finalist.number),
                   fmt::format("{}", finalist.runs), std::string(to_string(finalist.verdict)),
                   finalist.latencies_ns.empty() ? "-" : format_latency(finalist.latency_ns()),
                   finalist.message});
  }
  return "\n" + table.draw();
}

Json session_json(const SessionRecord& record, const Counts& counts) {
  const Result<Json> constraints = parse_json(record.constraints, "constraints");
  return {{"session", record.id},
          {"workload", record.workload.name},
          {"spec", to_spec(record.workload)},
          {"target", record.target_spec},
          {"target_identity", record.target_identity},
          {"strategy", record.strategy},
          {"initializer", record.initializer},
          {"seed", record.seed},
          {"constraints", constraints.ok() ? *constraints : Json()},
          {"batch", record.batch},
          {"started_unix_ms", record.started_unix_ms},
          {"trials", counts.trials},
          {"measurements", counts.measurements},
          {"rejected_builds", counts.rejected_builds},
          {"invalid", counts.invalid}};
}

Result<int> show_sessions(const Log& log, const std::vector<SessionRecord>& sessions, bool as_json,
                          const Console& console) {
  TextTable table({"session", "workload", "target", "strategy", "init", "seed", "trials", "measured",
                   "rejected", "invalid", "best"});
  Json all = Json::array();
  for (const SessionRecord& record : sessions) {
    TAMIS_ASSIGN(const LoadedSession session, load_session(log, record));
    Counts counts;
    for (const Trial& trial : session.trials) counts.add(trial);
    const std::optional<Trial> best = session.best();
    table.add_row({fmt::format("{}", record.id), record.workload.name, record.target_spec, record.strategy,
                   record.initializer, fmt::format("{}", record.seed), fmt::format("{}", counts.trials),
                   fmt::format("{}", counts.measurements), fmt::format("{}", counts.rejected_builds),
                   fmt::format("{}", counts.invalid), best ? format_latency(best->latency_ns()) : "-"});
    all.push_back(session_json(record, counts));
  }
  return finish(console, as_json ? all.dump(2) + "\n" : table.draw());
}

Result<int> show_trials(const Log& log, const SessionRecord& record, const ShowArguments& arguments,
                        const Console& console) {
  TAMIS_ASSIGN(LoadedSession session, load_session(log, record));
  Counts counts;
  for (const Trial& trial : session.trials) counts.add(trial);
  TAMIS_ASSIGN(session.trials, wanted_trials(arguments, std::move(session.trials)));
  if (!arguments.json) return finish(console, draw_trials(session) + draw_finals(session));
  Json json = session_json(record, counts);
  Json trials = Json::array();
  for (const Trial& trial : session.trials) trials.push_back(to_json(trial, session.space));
  json["shown"] = std::move(trials);
  json["finals"] = to_json(session.finals);
  return finish(console, json.dump(2) + "\n");
}

Result<int> run_show(const ShowArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions,
               select_sessions(log, {arguments.workload, arguments.session}));
  const bool trials = arguments.session != 0 || !arguments.workload.empty() || arguments.top > 0 ||
                      !arguments.verdict.empty();
  if (!trials) return show_sessions(log, sessions, arguments.json, console);
  // Of several sessions the newest is meant.
  return show_trials(log, sessions.back(), arguments, console);
}

}  // namespace

Action configure_show(CLI::App& app) {
  auto arguments = std::make_shared<ShowArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis")->required();
  app.add_option("--session", arguments->session, "the trials of this session")->check(CLI::PositiveNumber);
  app.add_option("--workload", arguments->workload, "the trials of this workload's newest session");
  app.add_option("--verdict", arguments->verdict, "only trials with this verdict");
  app.add_option("--top", arguments->top, "only the fastest so many, fastest first")
      ->check(CLI::PositiveNumber);
  app.add_flag("--json", arguments->json, "one JSON document on standard output");
  return [arguments](const Console& console) {
    const Result<int> code = run_show(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
