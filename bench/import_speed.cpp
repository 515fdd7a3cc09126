// What reading a large file of another tool costs: makes tables of N rows in formats of other tools, and
// prints for each the processor time of parsing alone (every row becomes a trial, which is dropped), of
// importing it into a log beyond that, and the most anonymous memory of each.
//
//     import_speed [--rows 1000000] [--formats t4,autotvm,csv] [--keep DIRECTORY] [--no-import]
//
// The other formats are kernel-tuner, ktt, pyatf, clblast, metaschedule and helion.
#include "exchange/stored_trials.h"
#include "tamis/import.h"

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

#include "import_tables.h"
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
  if (!std::filesystem::exists(path) && !write_import_table(path, format, arguments.rows))
    return invalid_input(fmt::format("no table can be made of the format \"{}\"", format));
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
