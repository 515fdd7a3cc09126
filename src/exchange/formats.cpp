#include "tamis/formats.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "exchange/autotvm_sets.h"
#include "exchange/csv.h"
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

Status check_text(std::string_view text, const std::string& path) {
  if (text.starts_with("SQLite format 3"))
    return unsupported(path + ": this is a compressed log of tamis or another SQLite file; unpack it first");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return corrupt(path + ": this file is empty");
  if (text.substr(0, 1000).find('\0') != std::string_view::npos)
    return corrupt(path + ": this file is none of AutoTVM log, T4 table and CSV table");
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
  return corrupt(path + ": this file is of no known format");
}

/// Takes out the trials that no reader would take, and tells of them.
void drop_unreadable(std::vector<TrialSet>& sets, std::vector<std::string>& skipped) {
  for (TrialSet& set : sets)
    std::erase_if(set.trials, [&](const Trial& trial) {
      if (trial.verdict != Verdict::valid) return false;
      const Status status = check_latency_ns(trial.cost());
      if (!status.ok())
        skipped.push_back(
            fmt::format("trial {} of {}: {}", trial.number, set.workload.name, status.error().message));
      return !status.ok();
    });
}

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {autotvm_format(), t4_format(), csv_format()};
  return all;
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
  if (!name.empty()) return find_format(name);
  std::string_view end = path;
  if (end.ends_with(".gz")) end.remove_suffix(3);
  for (const Format& format : formats())
    if (end.ends_with(format.ending)) return &format;
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

Result<TrialSet> read_recorded_table(const std::string& path) {
  if (is_log(path))
    return unsupported(path +
                       ": this is a log of tamis or another SQLite file, not a recorded table; `tamis "
                       "export` writes one of a session");
  TAMIS_ASSIGN(const RecognisedText recognised, recognise(path));
  const Format& format = *recognised.format;
  if (format.read_table != nullptr) return format.read_table(recognised.text, path);
  return unsupported(fmt::format(
      "{}: this file is of the format {}, not a recorded table; `tamis import` takes it to a log, of which "
      "`tamis export` writes one",
      path, format.name));
}

Result<TrialText> write_trials(const Format& format, std::vector<TrialSet> sets) {
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
