// What reading a large file of another tool costs: makes tables of N rows in T4, AutoTVM and CSV, and prints
// for each the processor time of parsing alone (every row becomes a trial, which is dropped), of importing it
// into a log beyond that, and the most anonymous memory of each.
//
//     import_speed [--rows 1000000] [--formats t4,autotvm,csv] [--keep DIRECTORY] [--no-import]
#include "exchange/stored_trials.h"
#include "tamis/import.h"
#include "tamis/random.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace tamis {
namespace {

struct Arguments {
  uint64_t rows = 1'000'000;
  std::vector<std::string> formats = {"t4", "autotvm", "csv"};
  std::string keep;
  bool no_import = false;
};

/// The knobs of a tiled matrix product: ten of them, a few values each.
struct Row {
  std::vector<uint64_t> values;
  bool valid = true;
  double ms = 0;
};

Row row_of(Random& random) {
  Row row;
  for (int knob = 0; knob < 10; ++knob) row.values.push_back(uint64_t{1} << random.below(6));
  row.valid = random.below(10) != 0;
  row.ms = 0.1 + static_cast<double>(random.below(1'000'000'000)) / 1e8;
  return row;
}

std::string knobs_of(const Row& row, std::string_view pattern, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < row.values.size(); ++i)
    text += (i > 0 ? std::string(separator) : "") + fmt::format(fmt::runtime(pattern), i, row.values[i]);
  return text;
}

/// As Kernel Tuner writes it.
std::string t4_row(const Row& row) {
  const std::string time = row.valid ? fmt::format("{}", row.ms) : "\"too many resources requested\"";
  return fmt::format(
      R"({{"timestamp": "2026-01-02T03:04:05.678901+00:00", "configuration": {{{}}}, "times": {{"compilation": {}, )"
      R"("benchmark": 1.1, "framework": 0.9, "search_algorithm": 0, "validation": 0, "runtimes": [{}]}}, )"
      R"("invalidity": "{}", "correctness": 1, "measurements": [{{"name": "time", "value": {}, "unit": "ms"}}, )"
      R"({{"name": "GFLOP/s", "value": {}, "unit": ""}}], "objectives": ["time"]}})",
      knobs_of(row, "\"block_size_{}\": {}", ", "), 100 + row.ms, row.valid ? time + ", " + time : "",
      row.valid ? "correct" : "runtime", time, 1000 / row.ms);
}

std::string autotvm_row(const Row& row, uint64_t number) {
  return fmt::format(
      R"({{"input": ["cuda -keys=cuda,gpu -arch=sm_70 -model=v100 -thread_warp_size=32", "conv2d_nchw.cuda", )"
      R"([["TENSOR", [1, 64, 56, 56], "float32"], ["TENSOR", [64, 64, 3, 3], "float32"], [1, 1], [1, 1, 1, 1], )"
      R"([1, 1], "float32"], {{}}], "config": {{"index": {}, "code_hash": null, "entity": [{}]}}, "result": )"
      R"([[{}], {}, {}, {}], "version": 0.2, "tvm_version": "0.9.0"}})",
      number, knobs_of(row, R"(["tile_{}", "sp", [-1, 1, {}, 2]])", ", "),
      row.valid ? fmt::format("{}, {}", row.ms / 1000, row.ms / 999) : "1000000000.0", row.valid ? 0 : 4,
      1 + row.ms, 1.7e9 + row.ms);
}

std::string csv_row(const Row& row, uint64_t number) {
  return fmt::format("gemm,{},{},{},{},{},{}", number, knobs_of(row, "{1}", ","),
                     row.valid ? "valid" : "run_failed", row.valid ? fmt::format("{}", row.ms * 1e6) : "",
                     row.values[0] * 1024, row.valid ? "" : "too many resources requested");
}

void write_table(const std::string& path, const std::string& format, uint64_t rows) {
  std::ofstream file(path, std::ios::binary);
  Random random(7);
  if (format == "t4") file << "{\"results\": [";
  if (format == "csv")
    file << "workload,index,k0,k1,k2,k3,k4,k5,k6,k7,k8,k9,verdict,latency_ns,registers,message\n";
  for (uint64_t i = 0; i < rows; ++i) {
    const Row row = row_of(random);
    if (format == "t4") file << (i > 0 ? ",\n" : "\n") << t4_row(row);
    if (format == "autotvm") file << autotvm_row(row, i) << '\n';
    if (format == "csv") file << csv_row(row, i) << '\n';
  }
  if (format == "t4")
    file << "\n], \"schema_version\": \"1.0.0\", \"metadata\": {\"timeunit\": \"milliseconds\"}}\n";
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

size_t anonymous_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoul(line.substr(8)) / 1000;
  return 0;
}

/// Looks at the memory of the process every few milliseconds.
class MemoryWatch {
 public:
  MemoryWatch()
      : thread_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            most_ = std::max(most_.load(), anonymous_mb());
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
        }) {}
  size_t most_mb() const { return std::max(most_.load(), anonymous_mb()); }

 private:
  std::atomic<size_t> most_ = 0;
  std::jthread thread_;
};

/// Every row as a trial, one after the other.
Result<uint64_t> parse(const std::string& path) {
  TAMIS_ASSIGN(const StoredFile file, open_trials(path, {}));
  uint64_t valid = 0;
  Trial trial;
  for (const StoredSet& set : file.sets)
    for (size_t i = 0; i < set.trials->size(); ++i) {
      set.trials->read(i, trial);
      valid += trial.verdict == Verdict::valid ? 1 : 0;
    }
  return valid;
}

Status measure(const Arguments& arguments, const std::string& directory, const std::string& format) {
  const std::string path = directory + "/table." + format;
  if (!std::filesystem::exists(path)) write_table(path, format, arguments.rows);
  const double megabytes = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
  double begin = cpu_seconds();
  MemoryWatch reading;
  TAMIS_ASSIGN(const uint64_t valid, parse(path));
  const double parsing = cpu_seconds() - begin;
  fmt::print("{}: {} rows ({} valid), {:.0f} MB: parsed in {:.2f} s of CPU, {:.0f} rows/s, {} MB anonymous\n",
             format, arguments.rows, valid, megabytes, parsing, static_cast<double>(arguments.rows) / parsing,
             reading.most_mb());
  std::fflush(stdout);
  if (arguments.no_import) return {};
  const std::string log = directory + "/log." + format;
  begin = cpu_seconds();
  MemoryWatch importing;
  TAMIS_ASSIGN(const ImportReport report, import_file(log, path));
  const double importing_s = cpu_seconds() - begin;
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(log + ending);
  fmt::print("  imported: {:.2f} s of CPU beyond parsing, for the log; {} MB anonymous, {} left out\n",
             importing_s - parsing, importing.most_mb(), report.left_out);
  return {};
}

}  // namespace
}  // namespace tamis

int main(int argc, char** argv) {
  CLI::App app("what reading a large file of another tool costs");
  tamis::Arguments arguments;
  app.add_option("--rows", arguments.rows)->capture_default_str();
  app.add_option("--formats", arguments.formats)->delimiter(',');
  app.add_option("--keep", arguments.keep, "where the tables are left, or found");
  app.add_flag("--no-import", arguments.no_import, "parse only");
  CLI11_PARSE(app, argc, argv);
  namespace files = std::filesystem;
  const std::string directory =
      arguments.keep.empty()
          ? fmt::format("{}/tamis-import-speed-{}", files::temp_directory_path().string(), ::getpid())
          : arguments.keep;
  files::create_directories(directory);
  int code = 0;
  for (const std::string& format : arguments.formats) {
    const tamis::Status status = tamis::measure(arguments, directory, format);
    if (status.ok()) continue;
    std::fprintf(stderr, "import_speed: %s\n", status.error().message.c_str());
    code = 1;
  }
  if (arguments.keep.empty()) files::remove_all(directory);
  return code;
}
