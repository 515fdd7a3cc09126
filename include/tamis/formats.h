#pragma once

#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial_set.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

struct StoredFile;

/// What a reader is told that a file may leave open.
struct ReadOptions {
  /// What the costs of trials are to be: the measurement or column of this name; its direction, and its unit
  /// where the file names none. `latency` and `time` are what the file says its latency is, where it has no
  /// measurement that is called so. Nothing: what the file says its objective is.
  std::optional<ObjectiveRequest> objective = std::nullopt;
  /// Of a latency: every time that a config ran (T4's `runtimes`, Kernel Tuner's `times`) as Trial::costs in
  /// place of the one value that the row names, where the file has them.
  bool samples = false;
  /// Of T4: also Trial::run_ns, the times of running, checking and the framework together. Recorded tables
  /// always have it; an import leaves it out, as trials that were imported before are told by it.
  bool run_times = false;
  /// Of T4: measurements of these names become features (Trial::features), where they are numbers. Other
  /// formats keep what they have of features without being asked.
  std::vector<std::string> features = {};
};

/// What a file holds.
struct TrialFile {
  std::string format;          ///< Format::name, or kLogFormat
  std::vector<TrialSet> sets;  ///< each of one workload on one device
  /// Sentences on what could not be taken, or was there before: the first lines, rows and groups by name, the
  /// others counted.
  std::vector<std::string> skipped = {};
  uint64_t left_out = 0;  ///< how many lines, rows and groups these are
};

/// What a file is to hold.
struct TrialText {
  std::string text;
  std::vector<std::string> skipped = {};  ///< a sentence for each trial or set that the format cannot hold
  size_t sets_left_out = 0;               ///< how many sets it holds nothing of
};

/// A format that trials come and go in: the table of the extension point (docs/how-to/adding-a-format).
struct Format {
  std::string name;         ///< `autotvm`, `t4`, `csv`
  std::string description;  ///< one line for --help
  std::string ending;       ///< that the names of its files usually have: `.csv`
  bool holds_sessions =
      false;  ///< whether a file tells several sessions of one workload apart, or is to hold the newest only
  /// By the text, not by the file's name.
  bool (*recognises)(std::string_view text);
  /// The sets of a text, the trials of each in the order of the file and numbered by their rows in it, from
  /// 0. `path` names the file in errors and, in a format that does not say it, the workload. Errors: corrupt,
  /// unsupported; invalid_input as read_trials says; a part that can be left out is skipped instead. Thread
  /// safe. nullptr where tamis only writes the format, which it then does not recognise either.
  Result<TrialFile> (*read)(const std::string& text, const std::string& path, const ReadOptions& options);
  /// The text of sets whose valid trials all have a latency. Errors: unsupported, invalid_input, for what the
  /// format cannot hold. Thread safe. nullptr where tamis only reads the format.
  Result<TrialText> (*write)(std::span<const TrialSet> sets) = nullptr;
  std::string told_by = {};  ///< what `recognises` looks for, for messages and pages
  /// The same as `read`, in little memory, for formats of tamis that can; `read` is not asked for files then.
  /// The text is good until it returns.
  Result<StoredFile> (*open)(std::string_view text, const std::string& path,
                             const ReadOptions& options) = nullptr;
  /// Whether trials that repeat one before them in config and outcome are kept.
  bool keeps_repeats = false;
};

/// Every format there is. Each recognises its own files alone, by what they are.
const std::vector<Format>& formats();

/// The formats there are and how each is told, a line each, for messages and help.
std::string known_formats();

/// A format by its name, in capitals or not. Errors: not_found, with the nearest.
Result<const Format*> find_format(std::string_view name);

/// The format to write a file in: the one of this name; where it is empty the one whose ending the path has,
/// `.gz` left aside; else CSV. Errors: as find_format; unsupported for one that is only read, naming those
/// that are written.
Result<const Format*> choose_format(std::string_view name, std::string_view path);

/// TrialFile::format of a log of tamis.
inline constexpr std::string_view kLogFormat = "tamis";

/// Reads the trials of a file: every session of a log of tamis, or a file of whichever format it is; gzip is
/// unpacked. A line or row that is damaged, or whose values cannot be, is skipped and told of, and so is a
/// trial that repeats one before it in config and outcome, as strategies visit configs again; a log and a
/// format that says so keep these. Errors: not_found, io; as Log::open; as the format's reader; corrupt where
/// nothing can be used; invalid_input where neither the file nor the options say which way an objective is
/// better or which unit it has. Thread safe.
Result<TrialFile> read_trials(const std::string& path, const ReadOptions& options = {});

/// What a file is by its content: Format::name, or kLogFormat. Errors: not_found, io; corrupt for content of
/// no known format, and unsupported for what is known and holds no trials. Thread safe.
Result<std::string> format_of(const std::string& path);

/// The text of a file with these trials. A trial that is valid without a latency that can be one is skipped,
/// as nobody could read it back. Errors: as the format's writer; invalid_input without a set. Thread safe.
Result<TrialText> write_trials(const Format& format, std::vector<TrialSet> sets);

/// Writes these trials to a file in the format that choose_format gives, and returns what was skipped.
/// Errors: as choose_format, as above, io. Thread safe.
Result<std::vector<std::string>> write_trials(const std::string& path, std::vector<TrialSet> sets,
                                              std::string_view format = "");

/// What a table in a file is called: the file's name without its folder and without `.gz`, `.json`, `.csv`
/// and `_T4`.
std::string recorded_name(const std::string& path);

/// Reads a table: a file of any format that holds one workload, told apart as by read_trials, from the same
/// text; it may be gzipped (docs/reference/recorded-tables).
///
/// The values of a knob are those that occur or that the file lists: ascending where all are numbers (false
/// and true are 0 and 1), else names. Rows that a declared constraint excludes are left out of the space, and
/// so are rows whose device was lost, which tell nothing of their config: it may have been tried again in
/// another row. Of a config that occurs more than once the first row counts, and with ReadOptions::samples
/// the samples of all its valid rows. What else is left out is in the set's notes. Errors: not_found, io;
/// corrupt, naming the first row, where no row can be used; as read_trials; unsupported for a log and for a
/// file with more workloads than one. Thread safe.
Result<TrialSet> read_recorded_table(const std::string& path, const ReadOptions& options = {});

/// The trials of other sessions or tables in a file: every session of a log of tamis, or every set of a file
/// of any format, told apart by the content. Sets without trials are left out, and those of files have no
/// features and each config once. Errors: as read_trials. Thread safe.
Result<std::vector<TrialSet>> read_related(const std::string& path, const ReadOptions& options = {});

/// Leaves of the trials of each config the first whose device was not lost, and returns how many others there
/// were: programs write a row for each visit of a config.
uint64_t drop_repeats(TrialSet& set);

/// A knob made of the values that a column of a table has, and the position of every row's value in it.
struct RecordedKnob {
  Knob knob;
  std::vector<uint32_t> choices;
};

/// Numbers become a number knob with ascending values; if any value is a name, all become names in
/// alphabetical order. Values must be int64_t, finite double or std::string; integers stay exact.
RecordedKnob recorded_knob(std::string name, std::span<const KnobValue> column);

/// Puts a table together from trials in the order of the rows, whose numbers say which row (from 0) they come
/// from and whose configs are of the product of `knobs`. Trials of rejected configs and those whose device
/// was lost are dropped; of a config that occurs more than once the first trial is taken, and a note counts
/// the others. With `pool` a valid first trial also gets the costs of the other valid ones. Errors: corrupt
/// when no trial is left; as Space::create.
Result<TrialSet> assemble_table(std::string name, std::vector<Knob> knobs, std::vector<Trial> trials,
                                bool pool = false);

}  // namespace tamis
