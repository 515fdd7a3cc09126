#include "cli/replay_view.h"

#include "base/text.h"
#include "cli/arguments.h"
#include "drawing/text_table.h"

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

using Groups = std::map<std::pair<std::string, std::string>, std::vector<const ComparisonRow*>>;

constexpr double kNsInSecond = 1e9;

std::string whole(double value) { return fmt::format("{:.0f}", value); }
std::string seconds(double ns) { return fmt::format("{:.4g}", ns / kNsInSecond); }

std::string shown_or_never(const std::optional<double>& value, std::string (*show)(double)) {
  return value ? show(*value) : "never";
}

/// `70/150(2)`: median, 90th percentile and, if any, how many seeds failed.
std::string cell(const Spread& spread, std::string (*show)(double) = whole) {
  const std::string failed = spread.failed > 0 ? fmt::format("({})", spread.failed) : "";
  return fmt::format("{}/{}{}", shown_or_never(spread.median, show), shown_or_never(spread.p90, show),
                     failed);
}

/// The spread until a goal, of whatever the score counts.
const Spread& spread_to(const ComparisonRow& row, size_t goal) {
  return row.time ? row.time->ns_to[goal] : row.trials_to[goal];
}

/// The geometric mean over tables of the medians, or nothing where one lies among failed seeds.
std::optional<double> mean_median(const std::vector<const ComparisonRow*>& rows, size_t goal) {
  double sum = 0;
  for (const ComparisonRow* row : rows) {
    const Spread& spread = spread_to(*row, goal);
    if (!spread.median) return std::nullopt;
    sum += std::log(*spread.median);
  }
  return std::exp(sum / static_cast<double>(rows.size()));
}

/// Goals from the loosest to the best.
constexpr std::array<size_t, kGoals.size()> kShown = {3, 2, 1, 0};
static_assert(kGoals == std::array{0, 1, 5, 10});

/// The rows of each strategy and initializer.
Groups grouped(const std::vector<ComparisonRow>& rows) {
  Groups groups;
  for (const ComparisonRow& row : rows) groups[{row.strategy, row.initializer}].push_back(&row);
  return groups;
}

void add_means(TextTable& table, const std::vector<ComparisonRow>& rows) {
  for (const auto& [names, group] : grouped(rows)) {
    if (group.size() < 2) continue;
    std::vector<std::string> cells = {"geometric mean of medians", names.first, names.second};
    for (const size_t goal : kShown) {
      const std::optional<double> mean = mean_median(group, goal);
      if (group.front()->time)
        cells.push_back(mean ? seconds(*mean) : "-");
      else
        cells.push_back(mean ? fmt::format("{:.1f}", *mean) : "-");
    }
    table.add_row(std::move(cells));
  }
}

/// How many sessions a cell is over.
std::string sessions_of(const ComparisonRow& row, const ComparisonOptions& options) {
  const std::string seeds = counted(row.seeds, "seed");
  return options.noise_runs > 1 ? fmt::format("{} with {} draws each", seeds, options.noise_runs) : seeds;
}

/// Trials or time until the goals.
std::string draw_goals(const std::vector<ComparisonRow>& rows, const ComparisonOptions& options) {
  TextTable table({"table", "strategy", "init", "to 10 %", "to 5 %", "to 1 %", "to best", "invalid to 1 %",
                   "invalid", "ms/trial"},
                  {0, 1, 2});
  const bool time = options.score == Score::time;
  for (const ComparisonRow& row : rows) {
    std::vector<std::string> cells = {row.table, row.strategy, row.initializer};
    for (const size_t goal : kShown) cells.push_back(cell(spread_to(row, goal), time ? seconds : whole));
    cells.push_back(cell(row.invalid_to[1]));
    cells.push_back(percent(row.invalid_share));
    cells.push_back(fmt::format("{:.3f}", row.search_ms_per_trial));
    table.add_row(std::move(cells));
  }
  add_means(table, rows);
  return table.draw() + fmt::format("\n{}: median/90th percentile(failed seeds) of {}.\n",
                                    time ? "Seconds" : "Trials, valid and invalid together",
                                    sessions_of(rows.front(), options));
}

std::string score_cell(const std::optional<double>& score) {
  return score ? fmt::format("{:.3f}", *score) : "-";
}

/// The mean over tables, or nothing where a table has no score.
std::optional<double> mean_score(const std::vector<const ComparisonRow*>& rows) {
  double sum = 0;
  for (const ComparisonRow* row : rows) {
    if (!row->fair->score) return std::nullopt;
    sum += *row->fair->score;
  }
  return sum / static_cast<double>(rows.size());
}

std::string draw_fair(const std::vector<ComparisonRow>& rows, const ComparisonOptions& options) {
  TextTable table({"table", "strategy", "init", "P", "from s", "to s", "left out", "invalid", "ms/trial"},
                  {0, 1, 2});
  for (const ComparisonRow& row : rows)
    table.add_row({row.table, row.strategy, row.initializer, score_cell(row.fair->score),
                   seconds(row.fair->begin_ns), seconds(row.fair->end_ns), std::to_string(row.fair->left_out),
                   percent(row.invalid_share), fmt::format("{:.3f}", row.search_ms_per_trial)});
  for (const auto& [names, group] : grouped(rows))
    if (group.size() > 1)
      table.add_row({"mean over tables", names.first, names.second, score_cell(mean_score(group))});
  return table.draw() + fmt::format(
                            "\nP: 0 is random search, 1 the best from the begin on; over {}, of which "
                            "those are left out that made fewer than two trials in time.\n",
                            sessions_of(rows.front(), options));
}

std::string counts_search(const SearchTime& search) {
  if (search.measured) return "with the strategy's own time as measured here";
  if (search.ns_per_trial > 0)
    return fmt::format("with {:g} ms of search a trial", search.ns_per_trial / 1e6);
  return "without the strategy's own time, which ms/trial tells";
}

/// What of the times the tables do not say, a line each.
std::string draw_missing(const std::vector<ComparisonRow>& rows) {
  std::string lines;
  std::string last;
  for (const ComparisonRow& row : rows) {
    if (row.table == last || !row.times_missing) continue;
    last = row.table;
    const TimesMissing& missing = *row.times_missing;
    const auto add = [&](uint64_t count, std::string_view what) {
      if (count > 0)
        lines += fmt::format("{}: {} of {} {}.\n", row.table, count, counted(row.rows, "row"), what);
    };
    add(missing.all, "say no time at all; each counts as the median of the others");
    add(missing.build, "do not say how long building took, which is not counted");
    add(missing.run, "do not say how long running took, which is not counted");
  }
  return lines;
}

std::string draw_noise(const std::vector<ComparisonRow>& rows) {
  TextTable table({"table", "strategy", "init", "regret at 50", "at 100", "at 200", "truly within 1 %",
                   "flips", "runs", "sure", "rightly"},
                  {0, 1, 2});
  static_assert(kRegretTrials == std::array<uint64_t, 3>{50, 100, 200} && kTrulyGood == 1);
  for (const ComparisonRow& row : rows) {
    std::vector<std::string> cells = {row.table, row.strategy, row.initializer};
    for (const Spread& regret : row.noise->regret) cells.push_back(cell(regret, percent));
    cells.push_back(percent(row.noise->truly_good));
    cells.push_back(row.noise->flips ? percent(*row.noise->flips) : "-");
    cells.push_back(cell(row.noise->runs));
    cells.push_back(row.noise->stated ? percent(*row.noise->stated) : "-");
    cells.push_back(row.noise->borne_out ? percent(*row.noise->borne_out) : "-");
    table.add_row(std::move(cells));
  }
  return "\n" + table.draw() +
         "\nRegret: how much worse than the best the config is, by the medians of all samples, that was held "
         "for the best after so many trials. Flips: how often two sessions of one seed with other draws name "
         "different winners. Runs: trials, and each time that one was tried again. Sure: the mean "
         "probability "
         "that winners were said to have of being within 1 % of the best finalist; rightly: how often they "
         "were.\n";
}

}  // namespace

std::string draw(const std::vector<ComparisonRow>& rows, const ComparisonOptions& options) {
  std::string text = options.score == Score::fair ? draw_fair(rows, options) : draw_goals(rows, options);
  if (!options.session.revealed.empty())
    text += fmt::format("Building shows, free of charge: {}.\n", fmt::join(options.session.revealed, ", "));
  if (options.score != Score::trials)
    text += fmt::format("Time: building and running as recorded, {}.\n",
                        counts_search(options.session.search_time)) +
            draw_missing(rows);
  return options.noise_runs > 0 ? text + draw_noise(rows) : text;
}

}  // namespace tamis::cli
