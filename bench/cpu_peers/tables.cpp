#include "cpu_peers/tables.h"

#include "base/json.h"
#include "drawing/text_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::peers {
namespace {

// A round in which the arithmetic units typically reach less of their peak was disturbed.
constexpr double kCalm = 0.9;

std::vector<std::string> row_of(const TaskSummary& summary, const std::string& label,
                                const FamilyBest& best) {
  const double gflops = summary.gflops(best.minimum_ns);
  return {label,
          best.form,
          fmt::format("{:.4f}", best.minimum_ns / 1e6),
          fmt::format("{:.4f}", best.median_ns / 1e6),
          fmt::format("{:.1f}", gflops),
          summary.peak_gflops > 0 ? fmt::format("{:.0f} %", 100 * gflops / summary.peak_gflops) : "",
          best.implementation};
}

std::vector<FamilyBest> every_form(const TaskSummary& summary) {
  std::vector<FamilyBest> all;
  for (const PeerOutcome& form : summary.forms)
    if (const auto measured = measured_form(form)) all.push_back(*measured);
  return all;
}

/// Why tamis does not take part, where it should; libraries lack forms for many workloads.
std::string why_missing(const TaskSummary& summary, const char* family) {
  for (const FamilyBest& best : summary.best)
    if (best.family == family) return {};
  for (const PeerOutcome& form : summary.forms)
    if (form.family == family && form.fault && !form.wrong)
      return fmt::format("{} is missing: {}\n", form.peer, *form.fault);
  return {};
}

bool is_tuned(const FamilyBest& best) { return best.family == kTamis; }

std::string cell(const std::optional<double>& ratio) { return ratio ? fmt::format("{:.2f}", *ratio) : "-"; }

Json to_json(const TaskSummary& summary, const PeerOutcome& form) {
  Json json = {{"peer", form.peer}, {"family", form.family}, {"implementation", form.implementation}};
  if (form.fault) json["fault"] = *form.fault;
  if (form.wrong) json["wrong"] = true;
  if (form.samples.calls_ns.empty()) return json;
  json["minimum_ns"] = form.samples.minimum_ns();
  json["median_ns"] = form.samples.median_ns();
  json["samples"] = form.samples.calls_ns.size();
  json["gflops"] = summary.gflops(form.samples.minimum_ns());
  return json;
}

Json to_json(const TaskSummary& summary) {
  Json json = {{"suite", summary.suite},
               {"workload", summary.workload},
               {"spec", summary.spec},
               {"threads", summary.threads},
               {"operations", summary.operations},
               {"peak_gflops", summary.peak_gflops},
               {"calmness", summary.calmness},
               {"forms", Json::array()},
               {"ratios", Json::object()}};
  for (const PeerOutcome& form : summary.forms) json["forms"].push_back(to_json(summary, form));
  for (const Opponent opponent : kOpponents)
    if (const auto found = ratio(summary, opponent))
      json["ratios"][std::string(to_string(opponent))] = *found;
  return json;
}

}  // namespace

std::string draw_task(const TaskSummary& summary, bool all_forms) {
  TextTable table({"family", "form", "least ms", "median ms", "GFLOP/s", "of peak", "implementation"},
                  {0, 1, 6});
  for (const FamilyBest& best : all_forms ? every_form(summary) : summary.best)
    table.add_row(row_of(summary, best.family, best));
  std::string text =
      fmt::format("{} ({}), {} {}, peak {:.1f} GFLOP/s\n{}", summary.workload, summary.spec, summary.threads,
                  summary.threads == 1 ? "thread" : "threads", summary.peak_gflops, table.draw());
  for (const PeerOutcome* form : summary.wrong())
    text += fmt::format("WRONG RESULT: {} is not counted: {}\n", form->peer, *form->fault);
  text += why_missing(summary, kTamis) + why_missing(summary, kTamisDefault);
  if (summary.calmness < kCalm)
    text += fmt::format("disturbed: the arithmetic units fell to {:.0f} % of their peak\n",
                        100 * summary.calmness);
  return text + "\n";
}

std::string draw_ratios(const std::vector<TaskSummary>& summaries) {
  std::vector<std::string> header = {"workload", "threads"};
  for (const Opponent opponent : kOpponents) header.emplace_back(to_string(opponent));
  TextTable table(header);
  bool any = false;
  for (const TaskSummary& summary : summaries) {
    if (std::none_of(summary.best.begin(), summary.best.end(), is_tuned)) continue;
    std::vector<std::string> cells = {summary.workload, std::to_string(summary.threads)};
    for (const Opponent opponent : kOpponents) cells.push_back(cell(ratio(summary, opponent)));
    table.add_row(std::move(cells));
    any = true;
  }
  return any ? fmt::format("How many times faster tuned programs of tamis are than\n{}\n", table.draw()) : "";
}

std::string draw_means(const std::vector<GroupMean>& means) {
  if (means.empty()) return "";
  TextTable table({"group", "threads", "against", "workloads", "geometric mean", "lowest", "of workload"},
                  {0, 2, 6});
  for (const GroupMean& mean : means)
    table.add_row({mean.group, std::to_string(mean.threads), std::string(to_string(mean.opponent)),
                   std::to_string(mean.tasks), fmt::format("{:.3f}", mean.mean),
                   fmt::format("{:.2f}", mean.lowest), mean.lowest_workload});
  return table.draw();
}

Json to_json(const std::vector<TaskSummary>& summaries, const std::vector<GroupMean>& means,
             const std::string& libraries) {
  Json json = {{"libraries", libraries},
               {"vectors", fma_vectors()},
               {"tasks", Json::array()},
               {"means", Json::array()}};
  for (const TaskSummary& summary : summaries) json["tasks"].push_back(to_json(summary));
  for (const GroupMean& mean : means)
    json["means"].push_back({{"group", mean.group},
                             {"threads", mean.threads},
                             {"against", to_string(mean.opponent)},
                             {"workloads", mean.tasks},
                             {"geometric_mean", mean.mean},
                             {"lowest", mean.lowest},
                             {"lowest_workload", mean.lowest_workload}});
  return json;
}

}  // namespace tamis::peers
