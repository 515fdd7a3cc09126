#include "cpu_peers/summary.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace tamis::peers {
namespace {

/// A group of tasks: everything whose suite is in the set.
struct Group {
  std::string name;
  std::set<std::string> suites;
};

std::vector<Group> groups_of(const std::vector<TaskSummary>& summaries) {
  std::vector<Group> groups;
  std::set<std::string> seen;
  for (const TaskSummary& summary : summaries)
    if (!summary.suite.empty() && seen.insert(summary.suite).second)
      groups.push_back({summary.suite, {summary.suite}});
  const std::set<std::string> networks = {"resnet18", "resnet50", "mobilenet_v1"};
  if (std::includes(seen.begin(), seen.end(), networks.begin(), networks.end()))
    groups.push_back({"resnet18 + resnet50 + mobilenet_v1", networks});
  return groups;
}

/// `resnet18` of `resnet18.C2`; a workload that was given by its spec is in no suite.
std::string suite_of(const Workload& workload) {
  const size_t dot = workload.name.find('.');
  if (dot == std::string::npos || workload.name.find(':') != std::string::npos) return {};
  return workload.name.substr(0, dot);
}

std::optional<double> least_ns(const TaskSummary& summary, const std::set<std::string>& families) {
  std::optional<double> least;
  for (const FamilyBest& best : summary.best)
    if (families.contains(best.family)) least = std::min(least.value_or(best.minimum_ns), best.minimum_ns);
  return least;
}

std::set<std::string> families_of(Opponent opponent) {
  switch (opponent) {
    case Opponent::onednn:
      return {kOnednn};
    case Opponent::onednn_best:
      return {kOnednn, kOnednnWinograd, kOnednn3};
    case Opponent::library:
      return {kOnednn, kOnednnWinograd, kOnednn3, kOpenblas};
    case Opponent::untuned:
      break;
  }
  return {kTamisDefault};
}

std::optional<GroupMean> mean_of(const std::vector<TaskSummary>& summaries, const Group& group, int threads,
                                 Opponent opponent) {
  GroupMean mean{group.name, threads, opponent, 0, 0, 0, {}};
  std::vector<double> ratios;
  for (const TaskSummary& summary : summaries) {
    if (summary.threads != threads || !group.suites.contains(summary.suite)) continue;
    const std::optional<double> found = ratio(summary, opponent);
    if (!found) continue;
    if (ratios.empty() || *found < mean.lowest) {
      mean.lowest = *found;
      mean.lowest_workload = summary.workload;
    }
    ratios.push_back(*found);
  }
  if (ratios.empty()) return std::nullopt;
  mean.tasks = ratios.size();
  mean.mean = *geometric_mean(ratios);
  return mean;
}

}  // namespace

std::string_view to_string(Opponent opponent) {
  switch (opponent) {
    case Opponent::onednn:
      return "oneDNN";
    case Opponent::onednn_best:
      return "oneDNN at its best";
    case Opponent::library:
      return "any library";
    case Opponent::untuned:
      break;
  }
  return "tamis untuned";
}

std::vector<const PeerOutcome*> TaskSummary::wrong() const {
  std::vector<const PeerOutcome*> all;
  for (const PeerOutcome& form : forms)
    if (form.wrong) all.push_back(&form);
  return all;
}

std::optional<FamilyBest> measured_form(const PeerOutcome& form) {
  if (form.fault || form.samples.calls_ns.empty()) return std::nullopt;
  return FamilyBest{form.family, form.peer, form.implementation, form.samples.minimum_ns(),
                    form.samples.median_ns()};
}

TaskSummary summarise(const Task& task, TaskOutcome outcome) {
  TaskSummary summary;
  summary.suite = suite_of(task.workload);
  summary.workload = task.workload.name;
  summary.spec = to_spec(task.workload);
  summary.threads = task.threads;
  summary.operations = 2 * multiply_accumulates(task.workload);
  double calmest = 0;
  for (size_t i = 0; i < outcome.rates.size(); ++i) {
    summary.peak_gflops = std::max(summary.peak_gflops, outcome.rates[i].fastest);
    calmest = i == 0 ? outcome.rates[i].typical : std::min(calmest, outcome.rates[i].typical);
  }
  if (summary.peak_gflops > 0) summary.calmness = calmest / summary.peak_gflops;
  for (const PeerOutcome& form : outcome.peers) {
    const std::optional<FamilyBest> candidate = measured_form(form);
    if (!candidate) continue;
    const auto same = std::find_if(summary.best.begin(), summary.best.end(),
                                   [&](const FamilyBest& best) { return best.family == form.family; });
    if (same == summary.best.end()) {
      summary.best.push_back(*candidate);
    } else if (candidate->minimum_ns < same->minimum_ns) {
      *same = *candidate;
    }
  }
  summary.forms = std::move(outcome.peers);
  return summary;
}

std::optional<double> ratio(const TaskSummary& summary, Opponent opponent) {
  const std::optional<double> ours = least_ns(summary, {kTamis});
  const std::optional<double> theirs = least_ns(summary, families_of(opponent));
  if (!ours || !theirs) return std::nullopt;
  return *theirs / *ours;
}

std::optional<double> geometric_mean(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double logarithms = 0;
  for (const double value : values) logarithms += std::log(value);
  return std::exp(logarithms / static_cast<double>(values.size()));
}

std::vector<GroupMean> group_means(const std::vector<TaskSummary>& summaries) {
  std::set<int> thread_counts;
  for (const TaskSummary& summary : summaries) thread_counts.insert(summary.threads);
  std::vector<GroupMean> means;
  for (const int threads : thread_counts)
    for (const Group& group : groups_of(summaries))
      for (const Opponent opponent : kOpponents)
        if (auto mean = mean_of(summaries, group, threads, opponent)) means.push_back(*mean);
  return means;
}

}  // namespace tamis::peers
