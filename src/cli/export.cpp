#include "base/file.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/nothing_valid.h"
#include "log/stored_sessions.h"
#include "tamis/formats.h"

#include <algorithm>
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
  std::string by;
  std::string output;

  /// Whether the user said what to write, and not only of which log.
  bool names() const { return session != 0 || !workload.empty(); }
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

/// The best trial of each workload and target.
Result<std::vector<TrialSet>> load_best(const Log& log, const SessionFilter& filter, RankBy by) {
  TAMIS_ASSIGN(const std::vector<BestRow> rows, find_best(log, filter, by));
  std::vector<TrialSet> sets;
  for (const BestRow& row : rows) {
    TAMIS_ASSIGN(TrialSet set, load_session(log, row.session));
    if (by == RankBy::median) {
      sets.push_back(only_best(std::move(set)));
      continue;
    }
    set.trials = {row.trial};
    set.finals.reset();
    sets.push_back(std::move(set));
  }
  return sets;
}

/// The sessions that are meant, with their trials; what is left out of them is told of.
Result<std::vector<TrialSet>> load(const Log& log, const SessionFilter& filter,
                                   const ExportArguments& arguments, bool every_session,
                                   const Console& console) {
  if (arguments.best) return load_best(log, filter, arguments.by == "mean" ? RankBy::mean : RankBy::median);
  TAMIS_ASSIGN(std::vector<SessionRecord> sessions, select_sessions(log, filter));
  const size_t all = sessions.size();
  if (!every_session) sessions = newest_of_each(sessions);
  if (const size_t older = all - sessions.size(); older > 0)
    console.note(fmt::format("tamis: left out {} older session{} of the same workload; --session names one\n",
                             older, older == 1 ? "" : "s"));
  std::vector<TrialSet> sets;
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(TrialSet set, load_session(log, session));
    sets.push_back(std::move(set));
  }
  return sets;
}

/// Of several sets some may fit into a file.
Error with_hint(Error error, size_t sets) {
  if (sets > 1 && error.kind == ErrorKind::invalid_input)
    error.message += " (--workload or --session names what to write)";
  return error;
}

/// The first of what could not be written, the others counted.
void tell_left_out(const TrialText& file, const Console& console) {
  constexpr size_t kNamed = 10;
  for (size_t i = 0; i < std::min(kNamed, file.skipped.size()); ++i)
    console.note(fmt::format("tamis: left out {}\n", file.skipped[i]));
  if (file.skipped.size() > kNamed)
    console.note(fmt::format("tamis: left out {} more\n", file.skipped.size() - kNamed));
}

Result<int> run_export(const ExportArguments& arguments, const Console& console) {
  TAMIS_ASSIGN(const Format* format, choose_format(arguments.format, arguments.output));
  TAMIS_TRY(check_output(arguments.output, {arguments.log}));
  TAMIS_ASSIGN(const Log log, Log::open(arguments.log, LogMode::read));
  const SessionFilter filter{arguments.workload, arguments.session};
  TAMIS_ASSIGN(std::vector<TrialSet> sets, load(log, filter, arguments, format->holds_sessions, console));
  if (sets.empty()) {
    TAMIS_ASSIGN(const std::string sentence, nothing_valid(log, filter));
    console.note(sentence);
    return static_cast<int>(kNothingValid);
  }
  const size_t count = sets.size();
  const Result<TrialText> written = write_trials(*format, std::move(sets));
  if (!written.ok()) return with_hint(written.error(), count);
  const TrialText& file = *written;
  tell_left_out(file, console);
  if (file.sets_left_out > 0 && arguments.names())
    return unsupported(
        fmt::format("{} of the {} sessions asked for cannot be written as {}, and nothing was "
                    "written",
                    file.sets_left_out, count, format->name));
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
  app.add_option("--session", arguments->session, "only this session")
      ->check(whole_number(1, std::numeric_limits<int64_t>::max()));
  app.add_flag("--best", arguments->best, "only the best trial of each workload and target");
  app.add_option(
         "--by", arguments->by,
         "what --best goes by: the median of the samples (if not given) or their mean, as AutoTVM does")
      ->check(CLI::IsMember({"median", "mean"}))
      ->needs("--best");
  app.add_option("--output", arguments->output,
                 "a file instead of standard output, which is also `-`; .gz compresses");
  return [arguments](const Console& console) {
    const Result<int> code = run_export(*arguments, console);
    return code.ok() ? *code : fail(console, code.error());
  };
}

}  // namespace tamis::cli
