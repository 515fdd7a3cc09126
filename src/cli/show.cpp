#include "cli/show.h"

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/show_model.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "log/stored_sessions.h"
#include "tamis/objective.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ShowArguments {
  std::string log;  // or a model
  std::vector<std::string> shapes;
  std::string workload;
  int64_t session = 0;
  std::string verdict;
  uint64_t top = 0;
  TrialSelection selection;
  bool json = false;
};

/// What the flags ask for together: `--top N` is short for `--sort cost --limit N`.
Result<TrialSelection> selection_of(const ShowArguments& arguments) {
  TrialSelection selection = arguments.selection;
  if (!arguments.verdict.empty()) {
    TAMIS_ASSIGN(selection.verdict, named_verdict(arguments.verdict));
  }
  if (selection.descending && selection.sort.empty())
    return invalid_input("--descending needs the --sort that it turns round");
  if (!selection.group.empty() && !selection.columns.empty())
    return invalid_input("--group and --columns exclude each other");
  if (arguments.top == 0) return selection;
  if (!selection.sort.empty() || selection.limit > 0)
    return invalid_input("--top is short for --sort cost --limit N; leave it out");
  selection.sort = "cost";
  selection.limit = arguments.top;
  return selection;
}

std::string draw_finals(const TrialSet& session) {
  if (!session.finals) return "";
  TextTable table({"finals", "trial", "runs", "verdict", session.objective.name, "message"}, {3, 5});
  for (size_t place = 0; place < session.finals->finalists.size(); ++place) {
    const Finalist& finalist = session.finals->finalists[place];
    table.add_row({fmt::format("{}", place + 1), fmt::format("{}", finalist.number),
                   fmt::format("{}", finalist.runs), std::string(to_string(finalist.verdict)),
                   session.objective.show(finalist.cost()), finalist.message});
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
          {"objective", to_json(record.objective)},
          {"batch", record.batch},
          {"started_unix_ms", record.started_unix_ms},
          {"trials", counts.trials},
          {"measurements", counts.measurements},
          {"same_code", counts.same_code},
          {"rejected_builds", counts.rejected_builds},
          {"flaky", counts.flaky},
          {"invalid", counts.invalid}};
}

/// `1 to 11, 14`.
std::string ranges_of(std::vector<int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string text;
  for (size_t i = 0; i < numbers.size();) {
    size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[i]);
    if (last > i) text += fmt::format(" to {}", numbers[last]);
    i = last + 1;
  }
  return text;
}

/// The networks of the log as a table, of how many of their tasks there are sessions; empty without any.
std::string draw_networks(const std::vector<NetworkRecord>& networks) {
  if (networks.empty()) return "";
  TextTable table({"network", "tasks", "tuned", "sessions"}, {0, 3});
  for (const NetworkRecord& network : networks) {
    std::vector<int64_t> sessions;
    size_t tuned = 0;
    for (const NetworkLayer& layer : network.layers) {
      sessions.push_back(layer.session);
      tuned += layer.parts ? 0 : 1;
    }
    table.add_row({network.name, fmt::format("{}", network.tasks), fmt::format("{}", tuned),
                   ranges_of(std::move(sessions))});
  }
  return "\n" + table.draw();
}

/// The networks that a session belongs to: their numbers and names, and how often they run it.
Json networks_json(const std::vector<NetworkRecord>& networks, int64_t session) {
  Json all = Json::array();
  for (const NetworkRecord& network : networks)
    for (const NetworkLayer& layer : network.layers)
      if (layer.session == session)
        all.push_back({{"network", network.id},
                       {"name", network.name},
                       {"place", layer.place},
                       {"occurrences", layer.occurrences}});
  return all;
}

Result<int> show_sessions(const Log& log, const std::vector<SessionRecord>& sessions, bool as_json,
                          const Console& console) {
  TextTable table({"session", "workload", "target", "strategy", "init", "seed", "trials", "measured",
                   "rejected", "invalid", "best"});
  TAMIS_ASSIGN(const std::vector<NetworkRecord> networks, log.networks());
  Json all = Json::array();
  for (const SessionRecord& record : sessions) {
    TAMIS_ASSIGN(const Counts counts, count_trials(log, record));
    TAMIS_ASSIGN(const std::optional<Trial> best, best_of(log, record));
    table.add_row({fmt::format("{}", record.id), record.workload.name, record.target_spec, record.strategy,
                   record.initializer, fmt::format("{}", record.seed), fmt::format("{}", counts.trials),
                   fmt::format("{}", counts.measurements), fmt::format("{}", counts.rejected_builds),
                   fmt::format("{}", counts.invalid), best ? record.objective.show(best->cost()) : "-"});
    all.push_back(session_json(record, counts));
    all.back()["networks"] = networks_json(networks, record.id);
  }
  return finish(console, as_json ? all.dump(2) + "\n" : table.draw() + draw_networks(networks));
}

Result<int> show_trials(const Log& log, const SessionRecord& record, const TrialSelection& selection,
                        bool as_json, const Console& console) {
  TAMIS_ASSIGN(TrialSet session, load_session(log, record));
  Counts counts;
  for (const Trial& trial : session.trials) counts.add(trial);
  TAMIS_ASSIGN(const SelectedColumns columns, find_columns(selection, session));
  TAMIS_TRY(select_trials(selection, columns, session));
  const bool whole = !columns.group && columns.columns.empty();
  if (!as_json) return finish(console, draw_trials(columns, session) + (whole ? draw_finals(session) : ""));
  Json json = session_json(record, counts);
  json[columns.group ? "groups" : "shown"] = trials_json(columns, session);
  json["finals"] = to_json(session.finals, session.objective);
  return finish(console, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<int> run_show(const ShowArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const TrialSelection selection, selection_of(arguments));
  if (names_model(arguments.log)) {
    if (arguments.session != 0 || !arguments.workload.empty() || selection.given())
      return invalid_input("\"" + arguments.log +
                           "\" is a model, which has no sessions and trials; leave those flags out");
    return show_model(arguments.log, arguments.shapes, arguments.json, console);
  }
  if (!arguments.shapes.empty())
    return invalid_input("--shape is of models, and \"" + arguments.log + "\" does not end in .onnx");
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions,
               select_sessions(log, {arguments.workload, arguments.session}));
  if (arguments.session == 0 && arguments.workload.empty() && !selection.given())
    return show_sessions(log, sessions, arguments.json, console);
  // Of several sessions the newest is meant.
  return show_trials(log, sessions.back(), selection, arguments.json, console);
}

void add_selection(CLI::App& app, ShowArguments& arguments) {
  TrialSelection& selection = arguments.selection;
  app.add_option("--verdict", arguments.verdict, "only trials with this verdict");
  app.add_option("--proposer", selection.proposer, "only trials that this strategy or initializer proposed");
  app.add_option("--where", selection.where,
                 "only trials for which this formula over knobs and other columns is true: 'tile_h >= 4 and "
                 "latency_ns < 2e6'");
  app.add_option("--sort", selection.sort, "a column to sort by: latency_ns, value, a knob, a feature, ...");
  app.add_flag("--descending", selection.descending, "sort from the largest");
  app.add_option("--limit", selection.limit, "at most so many trials")->check(whole_number(1));
  app.add_option("--top", arguments.top, "only the best so many, the best first")->check(whole_number(1));
  app.add_option("--group", selection.group,
                 "instead of trials how many share a value of this column, and how fast they are: verdict, "
                 "proposer, a knob, ...");
  add_names(app, "--columns", selection.columns,
            "the columns of the table: number,verdict,tile_h,latency_ns");
}

}  // namespace

Action configure_show(CLI::App& app) {
  auto arguments = std::make_shared<ShowArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis, or an ONNX model")->required();
  add_shapes(app, arguments->shapes);
  app.add_option("--session", arguments->session, "the trials of this session")
      ->check(whole_number(1, std::numeric_limits<int64_t>::max()));
  app.add_option("--workload", arguments->workload, "the trials of this workload's newest session");
  add_selection(app, *arguments);
  add_json(app, arguments->json);
  return [arguments](const Console& console) {
    const Result<int> code = run_show(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
