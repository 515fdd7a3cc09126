// Compares tuned programs of the target cpu with oneDNN, OpenBLAS and the arithmetic peak, all measured in
// turns in one run (docs/explanation/cpu-peers.md).
//
//     cpu_peers [--workloads WORKLOAD...] [--log FILE] [--threads 1,2] [--onednn3 LIBRARY] [--output FILE]
#include "base/file.h"
#include "base/json.h"
#include "cpu_peers/summary.h"
#include "cpu_peers/tables.h"
#include "cpu_peers/threads.h"
#include "tamis/suite.h"
#include "targets/cpu/timing/cores.h"

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tamis::peers {
namespace {

struct Arguments {
  std::vector<std::string> workloads = {"resnet18", "resnet50", "mobilenet_v1", "vgg16", "bert_base"};
  std::vector<int> threads;
  std::vector<int> cores;
  std::string log;
  std::string output;
  std::string onednn3;
  uint64_t seed = 0;
  RoundOptions rounds;
  bool all_forms = false;
};

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

Result<std::vector<Workload>> named_workloads(const Arguments& arguments) {
  std::vector<Workload> all;
  for (const std::string& text : arguments.workloads) {
    TAMIS_ASSIGN(const std::vector<Workload> some, resolve_workloads(text, {DataType::float32}));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

/// The cores to use. The last come first, because the first core often serves interrupts.
Result<std::vector<int>> chosen_cores(const Arguments& arguments) {
  if (!arguments.cores.empty()) return arguments.cores;
  TAMIS_ASSIGN(const std::vector<int> allowed, cpu::allowed_cores());
  return std::vector<int>(allowed.rbegin(), allowed.rend());
}

std::vector<int> chosen_threads(const Arguments& arguments, const std::vector<int>& cores) {
  if (!arguments.threads.empty()) return arguments.threads;
  if (cores.size() == 1) return {1};
  return {1, static_cast<int>(cores.size())};
}

struct Participants {
  Peers peers;
  std::string versions;  ///< of the libraries, for a reader
};

Result<Participants> all_peers(const Arguments& arguments, const std::vector<int>& threads) {
  TAMIS_ASSIGN(Peers peers, tamis_peers(threads, arguments.log));
  for (auto& peer : onednn_peers()) peers.push_back(std::move(peer));
  std::string versions = onednn_version();
  if (!arguments.onednn3.empty()) {
    std::string version;
    TAMIS_ASSIGN(Peers newer, onednn3_peers(arguments.onednn3, version));
    for (auto& peer : newer) peers.push_back(std::move(peer));
    versions += "; " + version;
  }
  for (auto& peer : openblas_peers()) peers.push_back(std::move(peer));
  return Participants{std::move(peers), versions + "; " + openblas_version()};
}

/// Measures everything; 1 where a peer computed a wrong result.
Result<int> compare(const Arguments& arguments) {
  TAMIS_ASSIGN(const std::vector<Workload> workloads, named_workloads(arguments));
  TAMIS_ASSIGN(const std::vector<int> cores, chosen_cores(arguments));
  const std::vector<int> thread_counts = chosen_threads(arguments, cores);
  TAMIS_ASSIGN(const Participants participants, all_peers(arguments, thread_counts));
  print(fmt::format("{}; multiply-adds with {}\n\n", participants.versions, fma_vectors()));
  std::vector<TaskSummary> summaries;
  bool wrong = false;
  for (const int threads : thread_counts) {
    TAMIS_TRY(use_threads(threads, cores));
    for (const Workload& workload : workloads) {
      TAMIS_ASSIGN(const Task task, make_task(workload, arguments.seed, threads));
      summaries.push_back(summarise(task, measure_in_rounds(task, participants.peers, arguments.rounds)));
      wrong = wrong || !summaries.back().wrong().empty();
      print(draw_task(summaries.back(), arguments.all_forms));
    }
  }
  const std::vector<GroupMean> means = group_means(summaries);
  print(draw_ratios(summaries) + draw_means(means));
  if (!arguments.output.empty())
    TAMIS_TRY(write_file(arguments.output, to_json(summaries, means, participants.versions).dump(2) + "\n"));
  return wrong ? 1 : 0;
}

void add_flags(CLI::App& app, Arguments& arguments) {
  app.add_option("--workloads", arguments.workloads,
                 "suites, their members, specs or workload files (float32)")
      ->capture_default_str();
  app.add_option("--log", arguments.log, "a log of tamis whose best configs take part");
  app.add_option("--onednn3", arguments.onednn3,
                 "a libdnnl.so.3: oneDNN 3 takes part too, opened at run time");
  app.add_option("--threads", arguments.threads,
                 "thread counts, separated by commas (default: one, and as many as there are cores)")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  app.add_option(
         "--cores", arguments.cores,
         "cores to pin threads to, separated by commas (default: all that may be used, the last first)")
      ->delimiter(',')
      ->check(CLI::Range(0, 1023));
  app.add_option("--rounds", arguments.rounds.rounds, "how often every peer gets its turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--turn-ms", arguments.rounds.turn_ms, "milliseconds of a turn")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "seed of the data")->capture_default_str();
  app.add_flag("--all-forms", arguments.all_forms, "show every form of a library, not only its best");
  app.add_option("--output", arguments.output, "write everything as JSON to this file too");
}

}  // namespace
}  // namespace tamis::peers

int main(int argc, char** argv) {
  tamis::peers::Arguments arguments;
  CLI::App app(
      "Tuned programs of the target cpu, oneDNN, OpenBLAS and the arithmetic peak, measured in turns");
  tamis::peers::add_flags(app, arguments);
  try {
    app.parse(argc, argv);
    const tamis::Result<int> code = tamis::peers::compare(arguments);
    if (code.ok()) return *code;
    fmt::print(stderr, "cpu_peers: error: {}\n", code.error().message);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {  // what oneDNN throws when it fails while running
    fmt::print(stderr, "cpu_peers: error: {}\n", error.what());
  }
  return 2;
}
