#include "drawing/text_table.h"
#include "experiment/sections.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kNear = 1;  // the goal that figures and sentences are about: within 1 % of the best
static_assert(kGoals[kNear] == 1);

using Rows = std::vector<const ComparisonRow*>;

std::string label_of(const ComparisonRow& row) {
  return fmt::format("{}, {}", row.strategy, row.initializer);
}

std::vector<std::string> distinct(const std::vector<ComparisonRow>& rows,
                                  std::string (*name)(const ComparisonRow&)) {
  std::vector<std::string> names;
  for (const ComparisonRow& row : rows)
    if (std::find(names.begin(), names.end(), name(row)) == names.end()) names.push_back(name(row));
  return names;
}

std::vector<std::string> tables_of(const std::vector<ComparisonRow>& rows) {
  return distinct(rows, [](const ComparisonRow& row) { return row.table; });
}

std::vector<std::string> labels_of(const std::vector<ComparisonRow>& rows) {
  return distinct(rows, label_of);
}

Rows rows_with(const std::vector<ComparisonRow>& rows, const std::string& label) {
  Rows some;
  for (const ComparisonRow& row : rows)
    if (label_of(row) == label) some.push_back(&row);
  return some;
}

/// The geometric mean of a number of each row; nothing where one has none.
std::optional<double> geometric_mean(const Rows& rows,
                                     std::optional<double> (*number)(const ComparisonRow&)) {
  double sum = 0.0;
  for (const ComparisonRow* row : rows) {
    const std::optional<double> value = number(*row);
    if (!value) return std::nullopt;
    sum += std::log(std::max(1.0, *value));
  }
  if (rows.empty()) return std::nullopt;
  return std::exp(sum / static_cast<double>(rows.size()));
}

std::optional<double> median_near(const ComparisonRow& row) { return row.trials_to[kNear].median; }
std::optional<double> median_best(const ComparisonRow& row) { return row.trials_to[0].median; }
std::optional<double> p90_near(const ComparisonRow& row) { return row.trials_to[kNear].p90; }
std::optional<double> width_near(const ComparisonRow& row) {
  const Spread& spread = row.trials_to[kNear];
  if (!spread.p10 || !spread.p90) return std::nullopt;
  return *spread.p90 - *spread.p10;
}

std::optional<uint64_t> worst(const ComparisonRow& row, size_t goal) {
  uint64_t most = 0;
  for (const std::optional<uint64_t>& trials : row.each_trials_to[goal]) {
    if (!trials) return std::nullopt;
    most = std::max(most, *trials);
  }
  return most;
}

std::string text(const std::optional<double>& value) {
  return value ? fmt::format("{:.0f}", *value) : "never";
}
std::string text(const std::optional<uint64_t>& value) { return value ? fmt::format("{}", *value) : "never"; }
std::string cell(const Spread& spread) { return text(spread.median) + " / " + text(spread.p90); }

PageTable search_table(const std::vector<ComparisonRow>& rows) {
  PageTable shown;
  shown.header = {"table",   "strategy, init",    "to 10 %",       "to 5 %",  "to 1 %",
                  "to best", "worst seed to 1 %", "failed to 1 %", "invalid", "ms/trial"};
  for (const ComparisonRow& row : rows)
    shown.rows.push_back({row.table, label_of(row), cell(row.trials_to[3]), cell(row.trials_to[2]),
                          cell(row.trials_to[kNear]), cell(row.trials_to[0]), text(worst(row, kNear)),
                          fmt::format("{} of {}", row.trials_to[kNear].failed, row.seeds),
                          percent(row.invalid_share), fmt::format("{:.2f}", row.search_ms_per_trial)});
  return shown;
}

PageTable search_data(const std::vector<ComparisonRow>& rows) {
  PageTable data;
  data.header = {"table", "configs", "valid", "strategy", "initializer", "seed"};
  for (const int goal : kGoals) data.header.push_back(fmt::format("trials_to_{}_percent", goal));
  for (const ComparisonRow& row : rows)
    for (size_t seed = 0; seed < row.seeds; ++seed) {
      std::vector<std::string> cells = {
          row.table,       fmt::format("{}", row.rows), fmt::format("{}", row.valid), row.strategy,
          row.initializer, fmt::format("{}", seed)};
      for (const auto& goal : row.each_trials_to)
        cells.push_back(goal[seed] ? fmt::format("{}", *goal[seed]) : "");
      data.rows.push_back(std::move(cells));
    }
  return data;
}

StripRow strip(const ComparisonRow& row) {
  const Spread& spread = row.trials_to[kNear];
  StripRow strip{label_of(row), {}, spread.failed, spread.median, spread.p10, spread.p90};
  for (const std::optional<uint64_t>& trials : row.each_trials_to[kNear])
    if (trials) strip.values.push_back(static_cast<double>(*trials));
  return strip;
}

Figure strip_figure(const std::vector<ComparisonRow>& rows, const std::string& title) {
  Figure figure{title, {}, 2};
  // One scale for all tables, so that they can be compared.
  double least = INFINITY;
  double most = 10.0;
  for (const ComparisonRow& row : rows)
    for (const std::optional<uint64_t>& trials : row.each_trials_to[kNear])
      if (trials) {
        least = std::min(least, static_cast<double>(*trials));
        most = std::max(most, static_cast<double>(*trials));
      }
  least = std::isfinite(least) ? std::pow(10.0, std::floor(std::log10(least))) : 1.0;
  for (const std::string& table : tables_of(rows)) {
    StripPanel panel{table, {"trials until within 1 % of the best", true, false, least, most}, {}};
    for (const ComparisonRow& row : rows)
      if (row.table == table) panel.rows.push_back(strip(row));
    figure.panels.emplace_back(std::move(panel));
  }
  return figure;
}

Figure curve_figure(const std::vector<ComparisonRow>& rows) {
  Figure figure{"Best so far, as a share of the table's best", {}, 2};
  for (const std::string& table : tables_of(rows)) {
    LinePanel panel{table, {"trials", true}, {"mean over the seeds", false, true, 0.0, 1.0}, {}};
    for (const ComparisonRow& row : rows) {
      if (row.table != table) continue;
      LineSeries series{label_of(row), {}, {}, {}, {}};
      for (const CurvePoint& point : row.curve) {
        series.x.push_back(static_cast<double>(point.trials));
        series.y.push_back(point.relative);
      }
      panel.series.push_back(std::move(series));
    }
    figure.panels.emplace_back(std::move(panel));
  }
  return figure;
}

const char* const kStripCaption =
    "One point per seed; the bar reaches from the 10th to the 90th percentile, the mark is the median, "
    "crosses are seeds that did not get there.";

/// The label with the least mean, and a sentence about all.
std::string compare_means(const std::vector<ComparisonRow>& rows) {
  std::string best;
  double least = INFINITY;
  std::string all;
  for (const std::string& label : labels_of(rows)) {
    const std::optional<double> mean = geometric_mean(rows_with(rows, label), median_near);
    all +=
        fmt::format("{}{} {}", all.empty() ? "" : "; ", label, mean ? fmt::format("{:.1f}", *mean) : "never");
    if (!mean || *mean >= least) continue;
    least = *mean;
    best = label;
  }
  const std::string means = fmt::format(
      "Median trials until within 1 % of the best, as the geometric mean over the tables: {}.", all);
  return best.empty() ? means : fmt::format("{} The fewest: {}.", means, best);
}

std::string steadiness(const std::vector<ComparisonRow>& rows) {
  std::string all;
  for (const std::string& label : labels_of(rows)) {
    uint64_t failed = 0;
    uint64_t seeds = 0;
    for (const ComparisonRow* row : rows_with(rows, label)) {
      failed += row->trials_to[kNear].failed;
      seeds += row->seeds;
    }
    const std::optional<double> p90 = geometric_mean(rows_with(rows, label), p90_near);
    all += fmt::format("{}{} {} ({} of {} failed)", all.empty() ? "" : "; ", label,
                       p90 ? fmt::format("{:.1f}", *p90) : "never", failed, seeds);
  }
  return fmt::format("The same for the 90th percentile of the seeds, and sessions that never got there: {}.",
                     all);
}

std::string ratio(const Rows& rows, const Rows& base, std::optional<double> (*number)(const ComparisonRow&)) {
  const std::optional<double> ours = geometric_mean(rows, number);
  const std::optional<double> theirs = geometric_mean(base, number);
  if (!ours || !theirs) return "not known, because seeds failed";
  return percent(*ours / *theirs);
}

}  // namespace

Section strategies_section(const std::vector<ComparisonRow>& rows) {
  Section section;
  section.name = "strategies";
  section.title = "Trials to the best, by strategy and initializer";
  section.paragraphs = {
      "Trials count valid and invalid configs alike. Cells: median / 90th percentile over the seeds; `never` "
      "is not within the trials allowed.",
      compare_means(rows), steadiness(rows)};
  section.shown = search_table(rows);
  section.data = search_data(rows);
  section.figures = {{"trials", kStripCaption, strip_figure(rows, "Trials until within 1 % of the best")},
                     {"curves", "Mean best so far; 0 before the first valid config.", curve_figure(rows)}};
  return section;
}

Section initialization_section(const std::vector<ComparisonRow>& rows) {
  Section section;
  section.name = "initialization";
  section.title = "What validity-driven initialization alone brings";
  section.paragraphs = {"The same strategy, opened in different ways."};
  const std::vector<std::string> labels = labels_of(rows);
  for (size_t i = 1; i < labels.size(); ++i) {
    const Rows ours = rows_with(rows, labels[i]);
    const Rows base = rows_with(rows, labels.front());
    section.paragraphs.push_back(
        fmt::format("{} against {}, geometric means over the tables: median trials to within 1 % {}, to the "
                    "best {}; width from the 10th to the 90th percentile {}.",
                    labels[i], labels.front(), ratio(ours, base, median_near), ratio(ours, base, median_best),
                    ratio(ours, base, width_near)));
  }
  section.shown = search_table(rows);
  section.data = search_data(rows);
  section.figures = {{"trials", kStripCaption, strip_figure(rows, "Trials until within 1 % of the best")}};
  return section;
}

}  // namespace tamis
