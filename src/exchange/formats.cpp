#include "tamis/formats.h"

#include "base/file.h"
#include "base/file_text.h"
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
#include "exchange/perfetto.h"
#include "exchange/pyatf.h"
#include "exchange/stored_trials.h"
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

Result<TrialFile> read_log(const std::string& path) {
  TAMIS_ASSIGN(const Log log, Log::open(path, LogMode::read));
  TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
  TrialFile file{std::string(kLogFormat), {}};
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

/// The text of a file in UTF-8, and the format that recognises it.
class RecognisedText {
 public:
  static Result<RecognisedText> open(const std::string& path) {
    TAMIS_ASSIGN(FileText file, FileText::open(path));
    RecognisedText recognised(std::move(file));
    TAMIS_TRY(check_text(recognised.view(), path));
    for (const Format& format : formats())
      if (format.recognises(recognised.view())) {
        recognised.format_ = &format;
        return recognised;
      }
    if (looks_like_metaschedule_workloads(recognised.view()))
      return unsupported(
          path +
          ": this is the list of workloads of a MetaSchedule database; what was measured is in "
          "database_tuning_record.json beside it");
    return unknown_format(path);
  }

  std::string_view view() const {
    std::string_view text = mended_.empty() ? file_.view() : std::string_view(mended_);
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text;
  }
  const Format& format() const { return *format_; }

 private:
  /// Bytes that are no UTF-8 become U+FFFD, as names that a log could not keep would come out as others.
  explicit RecognisedText(FileText file) : file_(std::move(file)) {
    if (simdjson::validate_utf8(file_.view().data(), file_.view().size())) return;
    const std::string quoted =
        Json(std::string(file_.view())).dump(-1, ' ', false, Json::error_handler_t::replace);
    mended_ = Json::parse(quoted).get<std::string>();
  }

  FileText file_;
  std::string mended_;
  const Format* format_ = nullptr;
};

/// Of what a reader tells the first sentences, and how many others there are.
void shorten(std::vector<std::string>& sentences) {
  if (sentences.size() <= Skipped::kNamed) return;
  const size_t others = sentences.size() - Skipped::kNamed;
  sentences.resize(Skipped::kNamed);
  sentences.push_back(fmt::format("{} more", others));
}

/// What a format reads of a text.
Result<StoredFile> open_text(const Format& format, std::string_view text, const std::string& path,
                             const ReadOptions& options) {
  if (format.open != nullptr) return format.open(text, path, options);
  TAMIS_ASSIGN(TrialFile whole, format.read(std::string(text), path, options));
  StoredFile file{format.name, {}, std::move(whole.skipped), whole.left_out};
  file.left_out = std::max<uint64_t>(file.left_out, file.skipped.size());
  shorten(file.skipped);
  for (TrialSet& set : whole.sets) file.sets.push_back(stored(std::move(set)));
  return file;
}

Status check_written(const Format& format) {
  if (format.write != nullptr) return {};
  std::string written;
  for (const Format& one : formats())
    if (one.write != nullptr) written += (written.empty() ? "" : ", ") + one.name;
  return unsupported(
      fmt::format("tamis reads the format {}, but does not write it; it writes {}", format.name, written));
}

/// Takes out the trials that no reader would take, and tells of them.
void drop_unreadable(std::vector<TrialSet>& sets, std::vector<std::string>& skipped) {
  for (TrialSet& set : sets)
    std::erase_if(set.trials, [&](const Trial& trial) {
      if (trial.verdict != Verdict::valid) return false;
      const Status status = trial.costs.empty() ? Status(invalid_input("it was built and never run"))
                                                : set.objective.check(trial.cost());
      if (!status.ok())
        skipped.push_back(
            fmt::format("trial {} of {}: {}", trial.number, set.workload.name, status.error().message));
      return !status.ok();
    });
}

}  // namespace

const std::vector<Format>& formats() {
  // The first format of an ending is what a file of that name is written in.
  static const std::vector<Format> all = {perfetto_format(), ansor_format(),        autotvm_format(),
                                          t4_format(),       kernel_tuner_format(), ktt_format(),
                                          pyatf_format(),    clblast_format(),      metaschedule_format(),
                                          helion_format(),   csv_format()};
  return all;
}

std::string known_formats() {
  std::string text;
  for (const Format& format : formats())
    if (format.read != nullptr)
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

Result<StoredFile> open_trials(const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(const RecognisedText recognised, RecognisedText::open(path));
  const Format& format = recognised.format();
  TAMIS_ASSIGN(StoredFile file, open_text(format, recognised.view(), path, options));
  file.format = format.name;
  for (StoredSet& set : file.sets) set.head.target_spec = file.format;
  if (file.sets.empty())
    return corrupt(fmt::format("{}: nothing in this file can be used: {}", path,
                               file.skipped.empty() ? "it has no trials" : file.skipped.front()));
  if (!format.keeps_repeats) drop_repeats(file);
  return file;
}

Result<TrialFile> read_trials(const std::string& path, const ReadOptions& options) {
  if (is_log(path)) return read_log(path);
  TAMIS_ASSIGN(StoredFile file, open_trials(path, options));
  return trial_file_of(std::move(file));
}

Result<std::string> format_of(const std::string& path) {
  if (is_log(path)) return std::string(kLogFormat);
  TAMIS_ASSIGN(const RecognisedText recognised, RecognisedText::open(path));
  return recognised.format().name;
}

Result<TrialSet> read_recorded_table(const std::string& path, const ReadOptions& options) {
  if (is_log(path))
    return unsupported(path +
                       ": this is a log of tamis or another SQLite file, not a recorded table; `tamis "
                       "export` writes one of a session");
  TAMIS_ASSIGN(const RecognisedText recognised, RecognisedText::open(path));
  ReadOptions whole = options;
  whole.run_times = true;
  TAMIS_ASSIGN(StoredFile file, open_text(recognised.format(), recognised.view(), path, whole));
  file.format = recognised.format().name;
  return table_of(std::move(file), path, options.samples);
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
