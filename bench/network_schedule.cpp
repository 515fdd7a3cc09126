// How the layers of a network share one budget of trials: tunes recorded tables of them together under each
// scheduling, and one after the other, and prints the network's latency after so many trials of all layers
// together, in units of its least: the median over seeds, with the first and ninth deciles.
//
//     network_schedule TABLE=OCCURRENCES... [--seeds N] [--after 100,200,400,800] [--only NAME,NAME]
//
// A layer that was not tried yet counts with its default config, the first valid one of its table.
#include "experiment/parallel.h"
#include "network/tuning/tuning.h"
#include "tamis/comparison.h"
#include "tamis/formats.h"
#include "tamis/session.h"
#include "tamis/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::network {
namespace {

struct Arguments {
  std::vector<std::string> tables;
  std::vector<uint64_t> after = {100, 200, 400, 800};
  uint64_t seeds = 30;
  uint64_t batch = SessionOptions{}.batch;
  double least_gain = NetworkOptions{}.least_gain;
  std::string strategy = SessionOptions{}.strategy;
  std::vector<std::string> only;
  size_t jobs = std::max(1U, std::thread::hardware_concurrency());
};

struct Layer {
  NetworkTask task;
  double untuned_ns = 0;  ///< of the default config
  double least_ns = 0;
};

/// A way of spending the budget.
struct Variant {
  std::string name;
  std::optional<Scheduling> scheduling;  ///< nothing: one layer after the other
  bool transfer = true;
  bool stops = false;     ///< whether it ends where nothing is expected to gain enough
  uint64_t of_layer = 0;  ///< one after the other: trials of each
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"gradient", Scheduling::gradient},
      {"proportional", Scheduling::proportional},
      {"equal", Scheduling::equal},
      {"one after the other, 80 each", std::nullopt, true, false, 80},
      {"one after the other, 200 each", std::nullopt, true, false, 200},
      {"gradient, no transfer", Scheduling::gradient, false},
      {"equal, no transfer", Scheduling::equal, false},
      {"gradient, stops", Scheduling::gradient, true, true},
  };
  return all;
}

/// The network's latency by the number of trials, of one run.
class Curve {
 public:
  Curve(const std::vector<Layer>& layers, uint64_t most) : layers_(&layers) {
    for (const Layer& layer : layers) best_ns_.push_back(layer.untuned_ns);
    after_.reserve(most + 1);
    after_.push_back(latency());
  }
  /// After a further trial, with which the best of a layer costs so much.
  void add(size_t layer, const Trial* best) {
    if (best != nullptr) best_ns_[layer] = std::min(best_ns_[layer], best->cost());
    after_.push_back(latency());
  }
  /// After so many trials, or as many as there were.
  double after(uint64_t trials) const { return after_[std::min<size_t>(trials, after_.size() - 1)]; }
  uint64_t trials() const { return after_.size() - 1; }

 private:
  double latency() const {
    double sum = 0;
    for (size_t i = 0; i < layers_->size(); ++i)
      sum += best_ns_[i] * static_cast<double>((*layers_)[i].task.occurrences);
    return sum;
  }

  const std::vector<Layer>* layers_;
  std::vector<double> best_ns_;
  std::vector<double> after_;
};

SessionOptions session_options(const Arguments& arguments, uint64_t seed) {
  SessionOptions options;
  options.strategy = arguments.strategy;
  options.seed = seed;
  options.batch = arguments.batch;
  return options;
}

Result<Curve> share(const Variant& variant, const std::vector<Layer>& layers, const Arguments& arguments,
                    uint64_t seed) {
  NetworkOptions options;
  options.session = session_options(arguments, seed);
  options.budget.trials = arguments.after.back();
  options.scheduling = *variant.scheduling;
  options.transfer = variant.transfer;
  options.least_gain = variant.stops ? arguments.least_gain : 0;
  std::vector<NetworkTask> tasks;
  for (const Layer& layer : layers) tasks.push_back(layer.task);
  Curve curve(layers, arguments.after.back());
  const auto watch = [&](const NetworkProgress& progress) {
    curve.add(progress.task, progress.session->best);
  };
  TAMIS_ASSIGN(const NetworkResult result, tune_network(tasks, nullptr, options, watch, {}));
  return curve;
}

/// One layer after the other, each of which starts from all before it.
Result<Curve> one_by_one(const Variant& variant, const std::vector<Layer>& layers, const Arguments& arguments,
                         uint64_t seed) {
  Curve curve(layers, arguments.after.back());
  std::vector<TrialSet> related;
  for (size_t i = 0; i < layers.size() && curve.trials() < arguments.after.back(); ++i) {
    SessionOptions options = session_options(arguments, seed);
    options.budget.trials = std::min(variant.of_layer, arguments.after.back() - curve.trials());
    options.keep_trials = true;
    options.related = &related;
    const SharedTask& task = layers[i].task.task;
    TAMIS_ASSIGN(SessionResult result,
                 run_session(task, nullptr, options,
                             [&](const Progress& progress) { curve.add(i, progress.best); }, {}));
    related.push_back(related_trials(task->workload().name, task->space(), std::move(result.trials)));
  }
  return curve;
}

Result<Layer> read_layer(const std::string& argument) {
  const size_t equals = argument.rfind('=');
  if (equals == std::string::npos)
    return invalid_input(
        fmt::format("{} does not say how often it occurs; write TABLE=OCCURRENCES", argument));
  Layer layer;
  layer.task.occurrences = std::stoull(argument.substr(equals + 1));
  TAMIS_ASSIGN(TrialSet table, read_recorded_table(argument.substr(0, equals)));
  layer.least_ns = best_cost(table);
  const auto valid = std::find_if(table.trials.begin(), table.trials.end(),
                                  [](const Trial& trial) { return trial.verdict == Verdict::valid; });
  if (valid == table.trials.end()) return invalid_input(argument + ": no config of this table is valid");
  layer.untuned_ns = valid->cost();
  TAMIS_ASSIGN(layer.task.task, table::bind_table(std::make_shared<const TrialSet>(std::move(table))));
  return layer;
}

/// The cells of one variant: its name, then the spread after each number of trials, then trials in all.
Result<std::vector<std::string>> measure(const Variant& variant, const std::vector<Layer>& layers,
                                         const Arguments& arguments) {
  std::vector<std::optional<Curve>> curves(arguments.seeds);
  const auto run = [&](size_t seed) -> Status {
    Result<Curve> curve = variant.scheduling ? share(variant, layers, arguments, seed)
                                             : one_by_one(variant, layers, arguments, seed);
    if (!curve.ok()) return curve.error();
    curves[seed] = std::move(*curve);
    return {};
  };
  TAMIS_TRY(run_parallel(arguments.seeds, run, {arguments.jobs, nullptr}, {}));
  double least = 0;
  for (const Layer& layer : layers) least += layer.least_ns * static_cast<double>(layer.task.occurrences);
  std::vector<std::string> cells = {variant.name};
  for (const uint64_t trials : arguments.after) {
    std::vector<double> values;
    for (const std::optional<Curve>& curve : curves) values.push_back(curve->after(trials) / least);
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
      return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
    };
    const double median = (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
    cells.push_back(fmt::format("{:.4f} ({:.4f} to {:.4f})", median, at(0.1), at(0.9)));
  }
  std::vector<uint64_t> trials;
  for (const std::optional<Curve>& curve : curves) trials.push_back(curve->trials());
  std::sort(trials.begin(), trials.end());
  cells.push_back(std::to_string(trials[trials.size() / 2]));
  return cells;
}

void print_row(const std::vector<std::string>& cells) {
  fmt::print("| {} |\n", fmt::join(cells, " | "));
  std::fflush(stdout);
}

Status run(Arguments arguments) {
  std::sort(arguments.after.begin(), arguments.after.end());
  std::vector<Layer> layers;
  for (const std::string& table : arguments.tables) {
    TAMIS_ASSIGN(Layer layer, read_layer(table));
    layers.push_back(std::move(layer));
  }
  std::vector<std::string> heads = {"how"};
  for (const uint64_t trials : arguments.after) heads.push_back(fmt::format("after {}", trials));
  heads.emplace_back("trials in all");
  print_row(heads);
  print_row(std::vector<std::string>(heads.size(), "---"));
  for (const Variant& variant : variants()) {
    const std::vector<std::string>& only = arguments.only;
    if (!only.empty() && std::find(only.begin(), only.end(), variant.name) == only.end()) continue;
    TAMIS_ASSIGN(const std::vector<std::string> cells, measure(variant, layers, arguments));
    print_row(cells);
  }
  return {};
}

}  // namespace
}  // namespace tamis::network

int main(int argc, char** argv) {
  tamis::network::Arguments arguments;
  CLI::App app("Ways to share one budget between the layers of a network, on recorded tables");
  app.add_option("TABLE=OCCURRENCES", arguments.tables,
                 "recorded tables, and how often the network runs each")
      ->required();
  app.add_option("--seeds", arguments.seeds, "runs of each way")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--after", arguments.after, "trials of all layers together after which to look")
      ->delimiter(',');
  app.add_option("--batch", arguments.batch, "configs of a batch")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--strategy", arguments.strategy, "of each layer")->capture_default_str();
  app.add_option("--least-gain", arguments.least_gain,
                 "share of the network's time that a batch is to save, of those ways that stop")
      ->capture_default_str();
  app.add_option("--jobs", arguments.jobs, "runs at the same time")->check(CLI::Range(1, 256));
  app.add_option("--only", arguments.only, "some of the ways, separated by semicolons")->delimiter(';');
  CLI11_PARSE(app, argc, argv);
  const tamis::Status status = tamis::network::run(std::move(arguments));
  if (status.ok()) return 0;
  fmt::print(stderr, "network_schedule: {}\n", status.error().message);
  return 2;
}
