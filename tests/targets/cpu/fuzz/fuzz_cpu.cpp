// fuzz_cpu [--configs N | --seconds N] [--seed S] [--threads N] [--processor NAME]: draws workloads and
// configs of target cpu and checks of each that its programs stay inside their buffers, that the interpreter
// and the machine code compute the reference result. A fault is printed with a command line that repeats it:
//
// fuzz_cpu --workload SPEC --config "KNOB=VALUE ..." [--data-seed S] [--threads N] [--processor NAME]
#include "base/clock.h"
#include "base/text.h"
#include "targets/cpu/support/any_workload.h"
#include "targets/cpu/support/subject.h"

#include <cstdio>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

namespace tamis::cpu::testing {
namespace {

constexpr const char* kUsage =
    "usage: fuzz_cpu [--configs N | --seconds N] [--seed S] [--threads N] [--processor NAME]\n"
    "       fuzz_cpu --workload SPEC --config \"KNOB=VALUE ...\" [--data-seed S] [--threads N] [--processor "
    "NAME]\n";
/// Configs tried of one workload, as computing the reference result takes its time too.
constexpr int kConfigsOfAWorkload = 8;
/// Interpreting takes longer than compiling and running unless there is little to compute.
constexpr int64_t kInterpreted = 60'000;

struct Arguments {
  std::map<std::string, std::string> texts = {{"--workload", ""}, {"--config", ""}, {"--processor", ""}};
  std::map<std::string, int64_t> numbers = {
      {"--configs", 200}, {"--seconds", 0}, {"--seed", 1}, {"--threads", 1}, {"--data-seed", 1}};
  int threads() const { return static_cast<int>(numbers.at("--threads")); }
};

std::optional<Arguments> parse(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string key = values[i];
    const auto number = parse_integer(values[i + 1]);
    if (arguments.texts.count(key) != 0) {
      arguments.texts[key] = values[i + 1];
    } else if (arguments.numbers.count(key) != 0 && number && *number >= 0) {
      arguments.numbers[key] = *number;
    } else {
      return std::nullopt;
    }
  }
  return count % 2 == 1 && arguments.threads() > 0 ? std::optional(arguments) : std::nullopt;
}

std::string repetition(const Arguments& arguments, const Subject& subject, const Config& config,
                       int64_t data_seed) {
  const std::string& processor = arguments.texts.at("--processor");
  return fmt::format("fuzz_cpu --workload '{}' --config '{}' --data-seed {} --threads {}{}",
                     to_spec(subject.workload(), {DataType::float32}), subject.space().describe(config),
                     data_seed, arguments.threads(), processor.empty() ? "" : " --processor " + processor);
}

std::optional<std::string> find_fault(const Subject& subject, const Config& config) {
  if (auto fault = subject.overruns(config)) return fault;
  if (multiply_accumulates(subject.workload()) <= kInterpreted)
    if (auto fault = subject.interprets_wrongly(config)) return fault;
  return subject.runs_wrongly(config);
}

int refuse(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  return 2;
}

int try_one(const Arguments& arguments) {
  const auto workload = parse_spec(arguments.texts.at("--workload"), {DataType::float32});
  if (!workload.ok()) return refuse(workload.error().message);
  const auto subject = Subject::make(arguments.texts.at("--processor"), arguments.threads(), *workload,
                                     static_cast<uint64_t>(arguments.numbers.at("--data-seed")));
  if (!subject.ok()) return refuse(subject.error().message);
  const auto config = subject->space().parse(split_text(arguments.texts.at("--config"), ' '));
  if (!config.ok()) return refuse(config.error().message);
  const auto fault = find_fault(*subject, *config);
  fmt::print("{}\n", fault.value_or("no fault"));
  return fault ? 1 : 0;
}

class Fuzzer {
 public:
  explicit Fuzzer(const Arguments& arguments) : arguments_(arguments) {}

  int run() {
    const int64_t start = monotonic_ns();
    const int64_t seconds = arguments_.numbers.at("--seconds");
    const auto elapsed = [&] { return static_cast<double>(monotonic_ns() - start) * 1e-9; };
    const auto enough = [&] {
      return seconds > 0 ? elapsed() >= static_cast<double>(seconds)
                         : configs_ >= arguments_.numbers.at("--configs");
    };
    for (int64_t seed = arguments_.numbers.at("--seed"); !enough(); ++seed) try_workload(seed);
    fmt::print("{} configs of {} workloads in {:.1f} s, {} with a fault; {} workloads have no space\n",
               configs_, workloads_, elapsed(), faults_, unsupported_);
    return faults_ == 0 ? 0 : 1;
  }

 private:
  void try_workload(int64_t seed) {
    Random random = Random::stream(static_cast<uint64_t>(seed), "fuzz_cpu");
    const auto subject = Subject::make(arguments_.texts.at("--processor"), arguments_.threads(),
                                       any_workload(random), static_cast<uint64_t>(seed));
    if (!subject.ok()) {
      ++unsupported_;
      if (subject.error().kind != ErrorKind::unsupported)
        report(subject.error().message, fmt::format("--seed {}", seed));
      return;
    }
    ++workloads_;
    for (int i = 0; i < kConfigsOfAWorkload; ++i) {
      const auto config = subject->space().sample(random);
      if (!config) return report("no config is allowed", subject->workload().name);
      const std::string repeat = repetition(arguments_, *subject, *config, seed);
      leave_trace(repeat);
      ++configs_;
      // The other configs of the workload would often show the same fault.
      if (const auto fault = find_fault(*subject, *config)) return report(*fault, repeat);
    }
  }

  /// Standard error is not buffered: a crash leaves the line as its last word.
  static void leave_trace(const std::string& repeat) {
    if (std::getenv("TAMIS_FUZZ_TRACE") != nullptr) fmt::print(stderr, "{}\n", repeat);
  }

  void report(const std::string& fault, const std::string& repeat) {
    ++faults_;
    fmt::print("FAULT {}\n  repeat: {}\n", fault, repeat);
    std::fflush(stdout);
  }

  const Arguments& arguments_;
  int64_t configs_ = 0, workloads_ = 0, unsupported_ = 0, faults_ = 0;
};

}  // namespace
}  // namespace tamis::cpu::testing

int main(int count, char** values) {
  using namespace tamis::cpu::testing;
  const auto arguments = parse(count, values);
  if (!arguments) return std::fputs(kUsage, stderr), 2;
  const auto machine = tamis::cpu::find_machine(arguments->texts.at("--processor"));
  if (!machine.ok()) return refuse(machine.error().message);
  if (!machine->host) return refuse("this machine cannot run code for " + machine->cpu);
  return arguments->texts.at("--workload").empty() ? Fuzzer(*arguments).run() : try_one(*arguments);
}
