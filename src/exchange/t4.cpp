#include "exchange/t4.h"

#include "exchange/recognition.h"
#include "exchange/stored_trials.h"
#include "exchange/t4_rows.h"
#include "tamis/formats.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What a table says once for all rows.
struct T4Metadata {
  std::string time_unit;
  std::string objective;  ///< as write_t4 writes it
};

Error is_twice(std::string_view key) {
  return corrupt(fmt::format("it has \"{}\" twice, and nothing says which is meant", key));
}

/// Errors: corrupt for a member that it has twice.
Status read_metadata(JsonCursor& cursor, T4Metadata& metadata) {
  std::string_view key;
  bool time_unit = false, objective = false;
  for (bool first = true; cursor.member(first, key);) {
    std::string* text = key == "timeunit"    ? &metadata.time_unit
                        : key == "objective" ? &metadata.objective
                                             : nullptr;
    bool& seen = key == "timeunit" ? time_unit : objective;
    if (text != nullptr && std::exchange(seen, true)) return is_twice(key);
    const std::string_view raw = cursor.raw();
    if (text != nullptr) *text = json_string(raw).value_or("");
  }
  return {};
}

/// Everything of a table, the members in any order; of a table that is cut off or damaged the rows before
/// that place. Errors: corrupt.
Status read_document(JsonCursor& cursor, T4Rows& rows, T4Metadata& metadata) {
  const Error foreign = corrupt("this JSON is not a T4 table: it has no list \"results\" at its top");
  bool results = false, described = false;
  std::string_view key;
  if (cursor.enter('{'))
    for (bool first = true; cursor.member(first, key);) {
      const bool is_results = key == "results";
      if ((is_results && results) || (key == "metadata" && described)) return is_twice(key);
      if (is_results && cursor.peek() != '[') return foreign;
      if (is_results && cursor.enter('[')) {
        results = true;
        rows.take_rows(cursor);
      } else if (key == "metadata" && cursor.enter('{')) {
        described = true;
        TAMIS_TRY(read_metadata(cursor, metadata));
      } else {
        cursor.raw();
      }
    }
  else
    cursor.raw();
  if (!cursor.ok() && rows.rows() > 0) {
    rows.skipped().add(rows.rows(), "the file is cut off or damaged in it or behind it: " + cursor.fault());
    return {};
  }
  if (!cursor.ok()) return corrupt(cursor.fault());
  if (!cursor.at_end()) return corrupt("not valid JSON: there is text after its end");
  return results ? Status() : foreign;
}

Result<StoredFile> open_named_t4(std::string_view text, const std::string& name, const std::string& origin,
                                 const ReadOptions& options) {
  auto rows = std::make_unique<T4Rows>(options);
  JsonCursor cursor(text);
  T4Metadata metadata;
  if (const Status status = read_document(cursor, *rows, metadata); !status.ok())
    return status.error().within(origin);
  StoredSet set{named_trials(name, {}, {}), nullptr};
  set.head.target_identity = "t4";
  if (const Status status = rows->finish(metadata.time_unit, metadata.objective, set.head); !status.ok())
    return status.error().within(origin);
  StoredFile file;
  file.skipped = rows->skipped().sentences("row");
  file.left_out = rows->skipped().count();
  set.trials = std::move(rows);
  file.sets.push_back(std::move(set));
  return file;
}

Result<StoredFile> open_t4(std::string_view text, const std::string& path, const ReadOptions& options) {
  return open_named_t4(text, recorded_name(path), path, options);
}

Result<TrialFile> read_file_of_t4(const std::string& text, const std::string& path,
                                  const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_t4(text, path, options));
  return trial_file_of(std::move(file));
}

Result<TrialText> write_file_of_t4(std::span<const TrialSet> sets) {
  if (sets.size() == 1) return TrialText{write_t4(sets.front()), {}};
  return invalid_input(
      fmt::format("a T4 table holds the trials of one session, and those of {} are to be written; write each "
                  "to a file of its own",
                  sets.size()));
}

}  // namespace

const Format& t4_format() {
  static const Format format = {"t4",
                                "T4 1.0.0 table of one workload, JSON",
                                ".json",
                                false,
                                looks_like_t4,
                                read_file_of_t4,
                                write_file_of_t4,
                                "a JSON object with a list `results` of configurations",
                                open_t4};
  return format;
}

Result<Verdict> verdict_from_t4(std::string_view invalidity) {
  if (invalidity == "correct") return Verdict::valid;
  if (invalidity == "constraints") return Verdict::rejected;
  if (invalidity == "compile") return Verdict::build_failed;
  if (invalidity == "runtime") return Verdict::run_failed;
  if (invalidity == "timeout") return Verdict::run_timeout;
  if (invalidity == "correctness") return Verdict::wrong_result;
  return corrupt(fmt::format("T4 has no invalidity \"{}\"", invalidity));
}

Result<TrialSet> read_t4(const std::string& text, const std::string& name, const std::string& origin) {
  TAMIS_ASSIGN(StoredFile file, open_named_t4(text, name, origin, {}));
  return table_of(std::move(file), origin);
}

}  // namespace tamis
