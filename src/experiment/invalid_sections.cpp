#include "drawing/text_table.h"
#include "experiment/sections.h"
#include "tamis/comparison.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kKnobsShown = 3;
constexpr size_t kRowsShown = 12;

double share(uint64_t part, uint64_t all) {
  return all == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(all);
}

uint64_t count_of(const Counts& counts, Verdict verdict) {
  for (const auto& [one, count] : counts.by_verdict)
    if (one == verdict) return count;
  return 0;
}

/// Every verdict that occurs in any table.
std::vector<Verdict> verdicts_of(const std::vector<Invalidity>& tables) {
  std::set<Verdict> met;
  for (const Invalidity& table : tables)
    for (const auto& [verdict, count] : table.counts.by_verdict) met.insert(verdict);
  return {met.begin(), met.end()};
}

std::vector<std::string> names_of(const std::vector<Verdict>& verdicts) {
  std::vector<std::string> names;
  names.reserve(verdicts.size());
  for (const Verdict verdict : verdicts) names.emplace_back(to_string(verdict));
  return names;
}

BarRow bar(const std::string& label, const Counts& counts, const std::vector<Verdict>& verdicts) {
  BarRow row{label, {}, fmt::format("{}", counts.trials)};
  for (const Verdict verdict : verdicts) row.parts.push_back(share(count_of(counts, verdict), counts.trials));
  return row;
}

const Axis kShareAxis{"share of the configs", false, true, 0.0, 1.0};

Figure table_figure(const std::vector<Invalidity>& tables, const std::vector<Verdict>& verdicts) {
  BarPanel panel{"By table", kShareAxis, names_of(verdicts), {}};
  for (const Invalidity& table : tables) panel.rows.push_back(bar(table.table, table.counts, verdicts));
  return {"What came of the configs", {panel}, 1};
}

/// At most kRowsShown rows: neighbouring values of a knob with many are taken together.
std::vector<BarRow> value_rows(const std::vector<ValueCounts>& values, const std::vector<Verdict>& verdicts) {
  const size_t together = (values.size() + kRowsShown - 1) / kRowsShown;
  std::vector<BarRow> rows;
  for (size_t begin = 0; begin < values.size(); begin += together) {
    const size_t end = std::min(begin + together, values.size());
    Counts counts;
    for (size_t i = begin; i < end; ++i) counts.add(values[i].counts);
    const std::string& first = values[begin].value;
    rows.push_back(bar(end - begin == 1 ? first : first + " to " + values[end - 1].value, counts, verdicts));
  }
  return rows;
}

Figure knob_figure(const std::vector<Invalidity>& tables, const std::vector<Verdict>& verdicts) {
  Figure figure{"What came of the configs, by the knobs that tell the most", {}, kKnobsShown};
  for (const Invalidity& table : tables) {
    if (table.counts.invalid == 0) continue;  // no knob tells anything
    for (size_t i = 0; i < kKnobsShown; ++i) {
      // Empty panels keep the tables in lines.
      BarPanel panel{"", kShareAxis, names_of(verdicts), {}};
      if (i < table.knobs.size()) {
        const KnobCounts& knob = table.knobs[i];
        panel.title = fmt::format("{}: {}  ({:.2f} bit)", table.table, knob.knob, knob.information);
        panel.rows = value_rows(knob.values, verdicts);
      }
      figure.panels.emplace_back(std::move(panel));
    }
  }
  return figure;
}

PageTable invalidity_table(const std::vector<Invalidity>& tables, const std::vector<Verdict>& verdicts) {
  PageTable shown;
  shown.header = {"table", "configs"};
  for (const std::string& name : names_of(verdicts)) shown.header.push_back(name);
  shown.header.emplace_back("knobs that tell the most");
  for (const Invalidity& table : tables) {
    std::vector<std::string> row = {table.table, fmt::format("{}", table.counts.trials)};
    for (const Verdict verdict : verdicts)
      row.push_back(percent(share(count_of(table.counts, verdict), table.counts.trials)));
    std::string knobs;
    for (size_t i = 0; i < std::min(kKnobsShown, table.knobs.size()); ++i)
      knobs += fmt::format("{}{} ({:.2f} bit)", i > 0 ? ", " : "", table.knobs[i].knob,
                           table.knobs[i].information);
    row.push_back(knobs);
    shown.rows.push_back(std::move(row));
  }
  return shown;
}

PageTable invalidity_data(const std::vector<Invalidity>& tables, const std::vector<Verdict>& verdicts) {
  PageTable data;
  data.header = {"table", "knob", "information_bits", "value", "configs"};
  for (const std::string& name : names_of(verdicts)) data.header.push_back(name);
  const auto add = [&](std::vector<std::string> row, const Counts& counts) {
    row.push_back(fmt::format("{}", counts.trials));
    for (const Verdict verdict : verdicts) row.push_back(fmt::format("{}", count_of(counts, verdict)));
    data.rows.push_back(std::move(row));
  };
  for (const Invalidity& table : tables) {
    add({table.table, "", "", ""}, table.counts);
    for (const KnobCounts& knob : table.knobs)
      for (const ValueCounts& value : knob.values)
        add({table.table, knob.knob, fmt::format("{}", knob.information), value.value}, value.counts);
  }
  return data;
}

/// A number that a row of the ranking study has for every seed.
struct Metric {
  const char* name;
  const char* title;
  double RankingQuality::*value;
  bool mean;  // is told by its mean: recalls are tenths, of which medians say little
};
constexpr Metric kMetrics[] = {
    {"spearman", "Rank correlation on valid configs", &RankingQuality::spearman, false},
    {"kendall", "Kendall's tau on valid configs", &RankingQuality::kendall, false},
    {"recall_valid", "Top-10 recall among valid configs", &RankingQuality::recall_valid, true},
    {"recall_all", "Top-10 recall among all configs", &RankingQuality::recall_all, true}};

/// The median of a metric over the seeds, or its mean, with the 10th and 90th percentile.
struct Middle {
  double value = 0.0, p10 = 0.0, p90 = 0.0;
};

Middle middle_of(const RankingRow& row, const Metric& metric) {
  std::vector<double> values;
  for (const RankingQuality& quality : row.seeds) values.push_back(quality.*metric.value);
  const Spread spread = spread_of(values);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return {metric.mean ? mean : *spread.median, *spread.p10, *spread.p90};
}

LinePanel ranking_panel(const std::vector<RankingRow>& rows, const std::string& table, const Metric& metric) {
  LinePanel panel{fmt::format("{}: {}", table, metric.title),
                  {"training trials, valid and invalid", true},
                  {"", false},
                  {}};
  panel.y_axis.label = metric.mean ? "recall" : "Spearman's rank correlation";
  if (metric.mean) panel.y_axis.low = 0.0;
  if (!metric.mean) panel.y_axis.high = 1.0;
  for (const Treatment treatment : kTreatments) {
    LineSeries series{std::string(to_string(treatment)), {}, {}, {}, {}};
    for (const RankingRow& row : rows) {
      if (row.table != table || row.treatment != treatment) continue;
      const Middle middle = middle_of(row, metric);
      series.x.push_back(static_cast<double>(row.trials));
      series.y.push_back(middle.value);
      series.low.push_back(middle.p10);
      series.high.push_back(middle.p90);
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

std::vector<std::string> tables_of(const std::vector<RankingRow>& rows) {
  std::vector<std::string> tables;
  for (const RankingRow& row : rows)
    if (std::find(tables.begin(), tables.end(), row.table) == tables.end()) tables.push_back(row.table);
  return tables;
}

std::string interval(const Middle& middle) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", middle.value, middle.p10, middle.p90);
}

double mean_valid(const RankingRow& row) {
  const uint64_t sum = std::accumulate(row.training_valid.begin(), row.training_valid.end(), uint64_t{0});
  return static_cast<double>(sum) / static_cast<double>(row.training_valid.size());
}

PageTable ranking_table(const std::vector<RankingRow>& rows) {
  PageTable shown;
  shown.header = {"table",    "training trials", "of them valid",      "invalid trials",
                  "Spearman", "Kendall",         "top-10 among valid", "top-10 among all"};
  for (const RankingRow& row : rows) {
    std::vector<std::string> cells = {row.table, fmt::format("{}", row.trials),
                                      fmt::format("{:.1f}", mean_valid(row)),
                                      std::string(to_string(row.treatment))};
    for (const Metric& metric : kMetrics) cells.push_back(interval(middle_of(row, metric)));
    shown.rows.push_back(std::move(cells));
  }
  return shown;
}

PageTable ranking_data(const std::vector<RankingRow>& rows) {
  PageTable data;
  data.header = {"table", "training_trials", "training_valid", "treatment", "seed"};
  for (const Metric& metric : kMetrics) data.header.emplace_back(metric.name);
  for (const RankingRow& row : rows)
    for (size_t seed = 0; seed < row.seeds.size(); ++seed) {
      std::vector<std::string> cells = {row.table, fmt::format("{}", row.trials),
                                        fmt::format("{}", row.training_valid[seed]),
                                        std::string(to_string(row.treatment)), fmt::format("{}", seed)};
      for (const Metric& metric : kMetrics) cells.push_back(fmt::format("{}", row.seeds[seed].*metric.value));
      data.rows.push_back(std::move(cells));
    }
  return data;
}

/// `as zeros 0.41, left out 0.55, ...`: middles at the largest training sets, averaged over the tables.
std::string averages(const std::vector<RankingRow>& rows, const Metric& metric) {
  std::map<std::string, uint64_t> largest;
  for (const RankingRow& row : rows) largest[row.table] = std::max(largest[row.table], row.trials);
  std::string text;
  for (const Treatment treatment : kTreatments) {
    double sum = 0.0;
    for (const RankingRow& row : rows)
      if (row.treatment == treatment && row.trials == largest[row.table]) sum += middle_of(row, metric).value;
    text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", to_string(treatment),
                        sum / static_cast<double>(largest.size()));
  }
  return text;
}

}  // namespace

Section invalidity_section(const std::vector<Invalidity>& tables) {
  Section section;
  section.name = "invalid-configs";
  section.title = "How many configs are invalid, of which kind, and where";
  uint64_t configs = 0;
  uint64_t invalid = 0;
  for (const Invalidity& table : tables) {
    configs += table.counts.trials;
    invalid += table.counts.invalid;
  }
  section.paragraphs = {
      fmt::format("Of the {} configs of {} {} ({}) are invalid.", configs,
                  tables.size() == 1 ? "one table" : fmt::format("{} tables", tables.size()), invalid,
                  percent(share(invalid, configs))),
      "Behind a knob stands how many bits its value alone tells of whether a config is valid (mutual "
      "information): where single knobs tell little, validity depends on several of them together."};
  const std::vector<Verdict> verdicts = verdicts_of(tables);
  section.shown = invalidity_table(tables, verdicts);
  section.data = invalidity_data(tables, verdicts);
  section.figures = {{"tables", "Verdicts by table; numbers are configs.", table_figure(tables, verdicts)}};
  if (invalid > 0)
    section.figures.push_back({"knobs",
                               "Verdicts by the values of the three knobs that tell the most of validity.",
                               knob_figure(tables, verdicts)});
  return section;
}

Section ranking_section(const std::vector<RankingRow>& rows) {
  Section section;
  section.name = "ranking";
  section.title = "What invalid trials in the training set do to the performance model";
  section.paragraphs = {
      "AutoTVM's model (boosted trees that learn to rank, on knob values) is trained on random trials and "
      "ranks the rest of the table. Invalid trials are taught as zeros, as AutoTVM does; left out; or "
      "modelled apart: left out, and a second model's probability of being valid weighs the predicted "
      "rank."};
  if (rows.empty()) {
    section.paragraphs.emplace_back("No table is large enough for the smallest training set.");
  } else {
    section.paragraphs.push_back(fmt::format(
        "With the largest training sets, averaged over the tables: median rank correlation on "
        "valid configs {}; mean top-{} recall among all configs, which is what a tuner needs, {}.",
        averages(rows, kMetrics[0]), kRankingTop, averages(rows, kMetrics[3])));
  }
  section.shown = ranking_table(rows);
  section.data = ranking_data(rows);
  Figure figure{"Ranking quality by training trials", {}, 2};
  for (const std::string& table : tables_of(rows))
    for (const Metric* metric : {&kMetrics[0], &kMetrics[3]})
      figure.panels.emplace_back(ranking_panel(rows, table, *metric));
  if (!rows.empty())
    section.figures = {{"quality",
                        "Median rank correlation and mean recall over the seeds; bands reach from the 10th "
                        "to the 90th percentile.",
                        figure}};
  return section;
}

}  // namespace tamis
