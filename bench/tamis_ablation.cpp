// What each part of the strategy `tamis` contributes: replays recorded tables with one part at a time changed
// or left out, and prints geometric means over the tables of median and 90th percentile trials. A seed that
// does not reach a goal counts as having taken one trial more than all.
//
//     tamis_ablation TABLE... [--seeds N] [--trials M] [--only PART,PART]
#include "experiment/parallel.h"
#include "search/tamis/tamis_strategy.h"
#include "tamis/comparison.h"
#include "tamis/formats.h"
#include "tamis/replay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tamis {
namespace {

struct Arguments {
  std::vector<std::string> tables;
  uint64_t seeds = 30;
  uint64_t trials = 500;
  size_t jobs = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::string> only;
};

struct Variant {
  std::string name;
  void (*change)(TamisOptions& options);
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"as it is", [](TamisOptions&) {}},
      {"validity: trees only",
       [](TamisOptions& options) {
         options.validity = {0, 1, 0};
       }},
      {"validity: process only",
       [](TamisOptions& options) {
         options.validity = {1, 0, 0};
       }},
      {"validity: limits only",
       [](TamisOptions& options) {
         options.validity = {0, 0, 1};
       }},
      {"validity: no limits", [](TamisOptions& options) { options.validity.limits_share = 0; }},
      {"validity: none", [](TamisOptions& options) { options.validity_power = 0; }},
      {"validity: power 1", [](TamisOptions& options) { options.validity_power = 1; }},
      {"validity: setbacks not heeded", [](TamisOptions& options) { options.heeds_setbacks = false; }},
      {"lengthscales: searched only",
       [](TamisOptions& options) { options.latency.scales = LatencyScales::searched; }},
      {"lengthscales: usual only",
       [](TamisOptions& options) { options.latency.scales = LatencyScales::usual; }},
      {"kernel: no sameness", [](TamisOptions& options) { options.latency.sameness = false; }},
      {"kernel: no alignment", [](TamisOptions& options) { options.latency.alignment = false; }},
      {"caution 1", [](TamisOptions& options) { options.caution = 1; }},
      {"initial design: at random",
       [](TamisOptions& options) { options.initial_order = InitialOrder::at_random; }},
  };
  return all;
}

constexpr std::array<size_t, 3> kShown = {2, 1, 0};  // of kGoals: 5 %, 1 %, the best

using Tables = std::vector<std::shared_ptr<const TrialSet>>;

/// Trials to each shown goal, for every table and seed.
using Spendings = std::vector<std::vector<std::array<double, kShown.size()>>>;

Result<Spendings> replay_all(const Variant& variant, const Tables& tables, const Arguments& arguments) {
  TamisOptions changed;
  variant.change(changed);
  Spendings spendings(tables.size(), std::vector<std::array<double, kShown.size()>>(arguments.seeds));
  const auto task = [&](size_t number) -> Status {
    const size_t table = number / arguments.seeds;
    ReplayOptions options;
    options.strategy = "tamis";
    options.seed = number % arguments.seeds;
    options.trials = arguments.trials;
    options.make_strategy = [&](const Task& searched,
                                const SearchOptions& search) -> Result<std::unique_ptr<Strategy>> {
      return make_tamis_strategy(searched, search, changed);
    };
    TAMIS_ASSIGN(const ReplayOutcome outcome, replay(tables[table], options, {}));
    for (size_t goal = 0; goal < kShown.size(); ++goal) {
      const auto& spent = outcome.reached[kShown[goal]];
      spendings[table][options.seed][goal] =
          static_cast<double>(spent ? spent->trials : arguments.trials + 1);
    }
    return {};
  };
  TAMIS_TRY(run_parallel(tables.size() * arguments.seeds, task, {arguments.jobs, nullptr}, {}));
  return spendings;
}

/// The row of one variant: for each goal the geometric mean over tables of medians / 90th percentiles, and
/// how many sessions failed to find the best.
std::vector<std::string> summarise(const Variant& variant, const Spendings& spendings, uint64_t trials) {
  std::vector<std::string> cells = {variant.name};
  uint64_t failed = 0;
  for (size_t goal = 0; goal < kShown.size(); ++goal) {
    double medians = 0;
    double percentiles = 0;
    failed = 0;
    for (const auto& seeds : spendings) {
      std::vector<double> values;
      for (const auto& spent : seeds) {
        values.push_back(spent[goal]);
        failed += spent[goal] > static_cast<double>(trials) ? 1 : 0;
      }
      const Spread spread = spread_of(std::span<const double>(values));
      medians += std::log(*spread.median) / static_cast<double>(spendings.size());
      percentiles += std::log(*spread.p90) / static_cast<double>(spendings.size());
    }
    cells.push_back(fmt::format("{:.1f} / {:.1f}", std::exp(medians), std::exp(percentiles)));
  }
  cells.push_back(std::to_string(failed));
  return cells;
}

bool is_wanted(const Variant& variant, const Arguments& arguments) {
  return arguments.only.empty() ||
         std::find(arguments.only.begin(), arguments.only.end(), variant.name) != arguments.only.end();
}

void print_row(const std::vector<std::string>& cells) {
  fmt::print("| {} |\n", fmt::join(cells, " | "));
  std::fflush(stdout);
}

Status run(const Arguments& arguments) {
  Tables tables;
  for (const std::string& path : arguments.tables) {
    TAMIS_ASSIGN(TrialSet table, read_recorded_table(path));
    tables.push_back(std::make_shared<const TrialSet>(std::move(table)));
  }
  print_row({"part", "to 5 %", "to 1 %", "to the best", "did not find the best"});
  print_row({"---", "---", "---", "---", "---"});
  for (const Variant& variant : variants()) {
    if (!is_wanted(variant, arguments)) continue;
    TAMIS_ASSIGN(const Spendings spendings, replay_all(variant, tables, arguments));
    print_row(summarise(variant, spendings, arguments.trials));
  }
  return {};
}

}  // namespace
}  // namespace tamis

int main(int argc, char** argv) {
  tamis::Arguments arguments;
  CLI::App app("Ablations of the strategy tamis on recorded tables");
  app.add_option("TABLE", arguments.tables, "recorded tables: T4 (JSON) or CSV, possibly gzipped")
      ->required();
  app.add_option("--seeds", arguments.seeds, "sessions of each variant on each table")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--trials", arguments.trials, "trials of a session at most")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--jobs", arguments.jobs, "sessions at the same time")->check(CLI::Range(1, 256));
  std::vector<std::string> names;
  for (const tamis::Variant& variant : tamis::variants()) names.push_back(variant.name);
  app.add_option("--only", arguments.only, "variants, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(names));
  CLI11_PARSE(app, argc, argv);
  const tamis::Status status = tamis::run(arguments);
  if (status.ok()) return 0;
  fmt::print(stderr, "tamis_ablation: {}\n", status.error().message);
  return 2;
}
