#include "exchange/t4_first_rows.h"

#include "exchange/foreign_objective.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace tamis {
namespace {

/// How many rows are asked.
constexpr size_t kRowsAsked = 9;

/// The names in a row's configuration, unless a constraint excluded the row; empty where it has none.
std::vector<std::string> knobs_of_row(JsonCursor& cursor) {
  std::vector<std::string> names;
  std::string_view key;
  bool first = true, excluded = false;
  if (!cursor.enter('{')) {
    cursor.raw();
    return {};
  }
  while (cursor.member(first, key)) {
    const bool configuration = key == "configuration";
    const bool invalidity = key == "invalidity";
    if (configuration && cursor.enter('{')) {
      for (bool begins = true; cursor.member(begins, key); cursor.raw()) names.emplace_back(key);
    } else if (const std::string_view raw = cursor.raw(); invalidity) {
      excluded = raw == "\"constraints\"";
    }
  }
  return excluded ? std::vector<std::string>() : names;
}

/// What the first rows of a table measure, by name.
struct MeasuredNames {
  std::set<std::string> measured, objectives;

  void add_row(JsonCursor& cursor) {
    if (!cursor.enter('{')) {
      cursor.raw();
      return;
    }
    std::string_view key;
    for (bool first = true; cursor.member(first, key);) {
      const bool objective = key == "objectives";
      const bool measurement = key == "measurements";
      if (objective && cursor.enter('[')) {
        for (bool begins = true; cursor.element(begins);)
          if (const auto name = json_string(cursor.raw())) objectives.insert(*name);
      } else if (measurement && cursor.enter('[')) {
        for (bool begins = true; cursor.element(begins);) add_measurement(cursor);
      } else {
        cursor.raw();
      }
    }
  }

 private:
  void add_measurement(JsonCursor& cursor) {
    if (!cursor.enter('{')) {
      cursor.raw();
      return;
    }
    std::string_view key;
    for (bool first = true; cursor.member(first, key);) {
      const bool is_name = key == "name";
      const std::string_view value = cursor.raw();
      if (!is_name) continue;
      if (std::optional<std::string> name = json_string(value)) measured.insert(std::move(*name));
    }
  }
};

}  // namespace

std::vector<std::string> t4_knobs(JsonCursor rows) {
  std::map<std::vector<std::string>, size_t> votes;
  std::vector<std::string> chosen;
  size_t most = 0;
  bool first = true;
  for (size_t asked = 0; asked < kRowsAsked && rows.element(first); ++asked) {
    const std::vector<std::string> names = knobs_of_row(rows);
    if (names.empty()) continue;
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    if (const size_t count = ++votes[sorted]; count > most) {
      if (std::vector<std::string> before = chosen; most > 0) {
        std::sort(before.begin(), before.end());
        most = count;
        if (before == sorted) continue;
      }
      most = count;
      chosen = names;
    }
  }
  std::vector<std::string> knobs;
  for (std::string& name : chosen)
    if (std::find(knobs.begin(), knobs.end(), name) == knobs.end()) knobs.push_back(std::move(name));
  return knobs;
}

/// A latency as such is what the table says it is, where none is called so: its objective, where that is a
/// time; the only time among its objectives; what is called a latency beside an objective that is none.
std::optional<std::string> t4_measurement(JsonCursor rows, const ReadOptions& options) {
  if (!options.objective) return std::nullopt;
  MeasuredNames names;
  bool first = true;
  for (size_t row = 0; row < kRowsAsked && rows.element(first); ++row) names.add_row(rows);
  const std::string& asked = options.objective->name;
  if (!asks_for_latency(options) || names.measured.contains(asked)) return asked;
  const bool named = !names.objectives.empty();
  std::erase_if(names.objectives, [](const std::string& name) { return !is_called_a_time(name); });
  if (names.objectives.empty() && named)
    for (const char* word : {"time", "latency"})
      if (names.measured.contains(word)) names.objectives.insert(word);
  if (names.objectives.size() != 1) return std::nullopt;
  return *names.objectives.begin();
}

}  // namespace tamis
