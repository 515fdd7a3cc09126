#include "tamis/formats.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/ansor.h"
#include "exchange/autotvm_sets.h"
#include "exchange/clblast.h"
#include "exchange/csv.h"
#include "exchange/helion.h"
#include "exchange/kernel_tuner.h"
#include "exchange/ktt.h"
#include "exchange/metaschedule.h"
#include "exchange/pyatf.h"
#include "exchange/t4.h"
#include "log/stored_sessions.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

namespace tamis {
namespace {

/// Bytes that are no UTF-8 become U+FFFD, as names that a log could not keep would come out as others.
std::string as_utf8(std::string text) {
  if (simdjson::validate_utf8(text)) return text;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return small;
}

Result<TrialFile> read_log(const std::string& path) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  TrialFile file{std::string(kLogFormat), {}, {}};
  for (const SessionRecord& session : sessions) {
    TAMIS_ASSIGN(TrialSet set, load_session(log, session));
    file.sets.push_back(std::move(set));
  }
  return file;
}

Error unknown_format(const std::string& path) {
  return corrupt(
      fmt::format("{}: this file is of none of the formats that tamis knows:\n{}", path, known_formats()));
}

Status check_text(std::string_view text, const std::string& path) {
  if (text.starts_with("SQLite format 3"))
    return unsupported(path + ": this is a compressed log of tamis or another SQLite file; unpack it first");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return corrupt(path + ": this file is empty");
  if (text.substr(0, 1000).find('\0') != std::string_view::npos) return unknown_format(path);
  return {};
}

/// The text of a file, and the format that recognises it.
struct RecognisedText {
  std::string text;
  const Format* format;
};

Result<RecognisedText> recognise(const std::string& path) {
  TAMIS_ASSIGN(std::string content, read_file(path));
  std::string text = as_utf8(std::move(content));
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  TAMIS_TRY(check_text(text, path));
  for (const Format& format : formats())
    if (format.recognises(text)) return RecognisedText{std::move(text), &format};
  if (looks_like_metaschedule_workloads(text))
    return unsupported(path +
                       ": this is the list of workloads of a MetaSchedule database; what was measured is in "
                       "database_tuning_record.json beside it");
  return unknown_format(path);
}

Status check_written(const Format& format) {
  if (format.write != nullptr) return {};
  std::string written;
  for (const Format& one : formats())
    if (one.write != nullptr) written += (written.empty() ? "" : ", ") + one.name;
  return unsupported(
      fmt::format("tamis reads the format {}, but does not write it; it writes {}", format.name, written));
}

/// The set that a file holds, as a recorded table: each config once.
Result<TrialSet> table_of(TrialFile file, const std::string& path, std::vector<std::string>* notes) {
  if (file.sets.size() != 1)
    return unsupported(
        fmt::format("{}: a recorded table holds one workload, and this file of the format {} holds {}; "
                    "`tamis import` takes all of them to a log",
                    path, file.format, file.sets.size()));
  TrialSet set = std::move(file.sets.front());
  const uint64_t repeats = drop_repeats(set);
  if (notes != nullptr) {
    notes->insert(notes->end(), file.skipped.begin(), file.skipped.end());
    if (repeats > 0)
      notes->push_back(
          fmt::format("{} row{} of configs that earlier rows have", repeats, repeats == 1 ? "" : "s"));
  }
  auto table = assemble_table(set.workload.name, set.space.knobs(), std::move(set.trials));
  if (!table.ok()) return table.error().within(path);
  table->objective = set.objective;
  return table;
}

/// Takes out the trials that no reader would take, and tells of them.
void drop_unreadable(std::vector<TrialSet>& sets, std::vector<std::string>& skipped) {
  for (TrialSet& set : sets)
    std::erase_if(set.trials, [&](const Trial& trial) {
      if (trial.verdict != Verdict::valid) return false;
      const Status status = set.objective.check(trial.cost());
      if (!status.ok())
        skipped.push_back(
            fmt::format("trial {} of {}: {}", trial.number, set.workload.name, status.error().message));
      return !status.ok();
    });
}

}  // namespace

const std::vector<Format>& formats() {
  // The first format of an ending is what a file of that name is written in.
  static const std::vector<Format> all = {
      ansor_format(), autotvm_format(), t4_format(),           kernel_tuner_format(), ktt_format(),
      pyatf_format(), clblast_format(), metaschedule_format(), helion_format(),       csv_format()};
  return all;
}

std::string known_formats() {
  std::string text;
  for (const Format& format : formats())
    text += fmt::format("{}  {}: {}", text.empty() ? "" : "\n", format.description, format.told_by);
  return text;
}

Result<const Format*> find_format(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Format& format : formats()) {
    if (format.name == in_small_letters(name)) return &format;
    known.emplace_back(format.name);
  }
  return not_found(fmt::format("there is no format \"{}\"{}", name, did_you_mean(name, known)));
}

Result<const Format*> choose_format(std::string_view name, std::string_view path) {
  if (!name.empty()) {
    TAMIS_ASSIGN(const Format* named, find_format(name));
    TAMIS_TRY(check_written(*named));
    return named;
  }
  std::string_view end = path;
  if (end.ends_with(".gz")) end.remove_suffix(3);
  for (const Format& format : formats())
    if (format.write != nullptr && end.ends_with(format.ending)) return &format;
  return &formats().back();
}

Result<TrialFile> read_trials(const std::string& path) {
  if (is_log(path)) return read_log(path);
  TAMIS_ASSIGN(const RecognisedText recognised, recognise(path));
  TAMIS_ASSIGN(TrialFile file, recognised.format->read(recognised.text, path));
  file.format = recognised.format->name;
  for (TrialSet& set : file.sets) set.target_spec = file.format;
  return file;
}

Result<std::string> format_of(const std::string& path) {
  if (is_log(path)) return std::string(kLogFormat);
  TAMIS_ASSIGN(const RecognisedText recognised, recognise(path));
  return recognised.format->name;
}

Result<TrialSet> read_recorded_table(const std::string& path, std::vector<std::string>* notes) {
  if (is_log(path))
    return unsupported(path +
                       ": this is a log of tamis or another SQLite file, not a recorded table; `tamis "
                       "export` writes one of a session");
  TAMIS_ASSIGN(const RecognisedText recognised, recognise(path));
  const Format& format = *recognised.format;
  if (format.read_table != nullptr) return format.read_table(recognised.text, path);
  TAMIS_ASSIGN(TrialFile file, format.read(recognised.text, path));
  file.format = format.name;
  return table_of(std::move(file), path, notes);
}

Result<TrialText> write_trials(const Format& format, std::vector<TrialSet> sets) {
  TAMIS_TRY(check_written(format));
  if (sets.empty()) return invalid_input("there are no trials to write");
  std::vector<std::string> skipped;
  drop_unreadable(sets, skipped);
  TAMIS_ASSIGN(TrialText text, format.write(sets));
  text.skipped.insert(text.skipped.begin(), skipped.begin(), skipped.end());
  return text;
}

Result<std::vector<std::string>> write_trials(const std::string& path, std::vector<TrialSet> sets,
                                              std::string_view format) {
  TAMIS_ASSIGN(const Format* chosen, choose_format(format, path));
  TAMIS_ASSIGN(TrialText text, write_trials(*chosen, std::move(sets)));
  TAMIS_TRY(write_file(path, text.text));
  return std::move(text.skipped);
}

}  // namespace tamis
