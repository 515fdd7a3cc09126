// What logging costs: appending in batches of several sizes, durable each, and reading a large session back.
#include "tamis/log.h"

#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

namespace {

using tamis::Log;
using tamis::LogMode;
using tamis::Space;
using tamis::Trial;

Space large_space() {
  return Space::create({tamis::split_knob("tile_h", 56, 2), tamis::split_knob("tile_w", 56, 2),
                        tamis::split_knob("tile_co", 1024, 2), tamis::split_knob("tile_ci", 4096, 2),
                        tamis::number_knob("virtual_threads", {1, 2, 4, 8, 16, 32, 64, 128}),
                        tamis::split_knob("unroll", 1 << 20, 2), tamis::split_knob("order", 1 << 20, 2)})
      .value();
}

Trial make_trial(const Space& space, uint64_t number) {
  Trial trial;
  trial.number = number;
  trial.config = space.config(number % space.size());
  trial.measured = true;
  trial.costs = {1e6 + static_cast<double>(number) / 3};
  for (const char* name : {"cycles", "gemm_uops", "alu_uops", "input_bytes", "weight_bytes", "output_bytes"})
    trial.features.set(name, static_cast<double>(number * 17));
  trial.device = "simulator";
  trial.proposer = "autotvm";
  trial.build_ns = 100'000;
  trial.run_ns = 1'000'000;
  trial.finished_unix_ms = 1'700'000'000'000;
  return trial;
}

class LogDirectory {
 public:
  LogDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tamis-bench-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~LogDirectory() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  std::string log() const { return path_ + "/log.db"; }

 private:
  std::string path_;
};

int64_t add_session(Log& log, const Space& space) {
  tamis::SessionRecord record;
  record.knobs = tamis::knobs_to_text(space);
  return log.add_session(record).value();
}

void append_trials(benchmark::State& state) {
  const LogDirectory directory;
  const Space space = large_space();
  Log log = Log::open(directory.log(), LogMode::read_write).value();
  const int64_t session = add_session(log, space);
  std::vector<Trial> batch(static_cast<size_t>(state.range(0)));
  uint64_t number = 0;
  for (auto _ : state) {
    for (Trial& trial : batch) trial = make_trial(space, number++);
    if (!log.append(session, batch).ok()) state.SkipWithError("a trial could not be appended");
  }
  state.SetItemsProcessed(static_cast<int64_t>(number));
  state.counters["s_per_trial"] = benchmark::Counter(
      static_cast<double>(number), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(append_trials)->Arg(1)->Arg(8)->Arg(64)->Arg(1024)->UseRealTime();

void read_trials(benchmark::State& state) {
  const LogDirectory directory;
  const Space space = large_space();
  const auto count = static_cast<uint64_t>(state.range(0));
  {
    Log log = Log::open(directory.log(), LogMode::read_write).value();
    const int64_t session = add_session(log, space);
    std::vector<Trial> batch;
    for (uint64_t number = 0; number < count; ++number) {
      batch.push_back(make_trial(space, number));
      if (batch.size() < 10'000 && number + 1 < count) continue;
      if (!log.append(session, batch).ok()) return state.SkipWithError("a trial could not be appended");
      batch.clear();
    }
  }
  for (auto _ : state) {
    const Log log = Log::open(directory.log(), LogMode::read).value();
    const auto trials = log.trials(1);
    if (!trials.ok() || trials->size() != count) return state.SkipWithError("the trials could not be read");
  }
}
BENCHMARK(read_trials)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
