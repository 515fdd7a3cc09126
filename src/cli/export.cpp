#include "base/file.h"
#include "cli/commands.h"
#include "cli/nothing_valid.h"
#include "log/stored_sessions.h"
#include "tamis/formats.h"

#include <map>
#include <memory>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

struct ExportArguments {
  std::string log;
  std::string format;
  std::string workload;
  int64_t session = 0;
  bool best = false;
  std::string output;
};

/// Of several sessions of a workload the newest is meant, unless one was named.
std::vector<SessionRecord> newest_of_each(const std::vector<SessionRecord>& sessions) {
  std::map<std::string, SessionRecord> newest;
  for (const SessionRecord& session : sessions) newest.insert_or_assign(session.workload.name, session);
  std::vector<SessionRecord> chosen;
  for (const SessionRecord& session : sessions)
    if (newest.at(session.workload.name).id == session.id) chosen.push_back(session);
  return chosen;
}

/// The sessions that hold the best trial of each workload and target.
Result<std::vector<SessionRecord>> best_of_each(const Log& log, const SessionFilter& filter) {
  TAMIS_ASSIGN(const std::vector<BestRow> rows, find_best(log, filter));
  std::vector<SessionRecord> chosen;
  for (const BestRow& row : rows) chosen.push_back(row.session);
  return chosen;
}

/// The sessions that are meant, with what of their trials is.
Result<std::vector<TrialSet>> load(const Log& log, const SessionFilter& filter,
                                   const ExportArguments& arguments, bool every_session) {
  std::vector<SessionRecord> sessions;
  if (arguments.best) {
    TAMIS_ASSIGN(sessions, best_of_each(log, filter));
  } else {
    TAMIS_ASSIGN(sessions, select_sessions(log, filter));
    if (!every_session) sessions = newest_of_each(sessions);
  }
  std::vector<TrialSet> sets;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(TrialSet set, load_session(log, session));
    sets.push_back(arguments.best ? only_best(std::move(set)) : std::move(set));
  }
  return sets;
}

/// Of several sets some may fit into a file.
Error with_hint(Error error, size_t sets) {
  if (sets > 1 && error.kind == ErrorKind::invalid_input)
    error.message += " (--workload or --session names what to write)";
  return error;
}

Result<int> run_export(const ExportArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const Format* format, choose_format(arguments.format, arguments.output));
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  const SessionFilter filter{arguments.workload, arguments.session};
  TAMIS_ASSIGN(std::vector<TrialSet> sets, load(log, filter, arguments, format->holds_sessions));
  if (sets.empty()) {
    TAMIS_TRY(tell_nothing_valid(log, filter, console));
    return static_cast<int>(kNothingValid);
  }
  const size_t count = sets.size();
  const Result<TrialText> written = write_trials(*format, std::move(sets));
  if (!written.ok()) return with_hint(written.error(), count);
  const TrialText& file = *written;
  for (const std::string& one : file.skipped) console.note(fmt::format("tamis: left out {}\n", one));
  if (arguments.output.empty() || arguments.output == "-") return finish(console, file.text);
  TAMIS_TRY(write_file(arguments.output, file.text));
  return static_cast<int>(kDone);
}

std::string export_format_names() {
  std::string names;
  for (const Format& format : formats())
    if (format.write != nullptr)
      names += fmt::format("{}{}: {}", names.empty() ? "" : "; ", format.name, format.description);
  return names + "; if not given, what the ending of --output says, else csv";
}

}  // namespace

Action configure_export(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  app.add_option("LOG", arguments->log, "a log of tamis")->required();
  app.add_option("--format", arguments->format, export_format_names());
  app.add_option("--workload", arguments->workload, "only this workload");
  app.add_option("--session", arguments->session, "only this session")->check(CLI::PositiveNumber);
  app.add_flag("--best", arguments->best, "only the best trial of each workload and target");
  app.add_option("--output", arguments->output,
                 "a file instead of standard output, which is also `-`; .gz compresses");
  return [arguments](const Console& console) {
    const Result<int> code = run_export(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
