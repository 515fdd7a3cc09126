#include "measure/fault_target.h"

#include "base/text.h"
#include "tamis/data.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <unistd.h>

namespace tamis {
namespace {

struct FaultArtifact final : Artifact {
  explicit FaultArtifact(std::string name) : fault(std::move(name)) {
    if (!fault.starts_with(kKnown)) return;
    fault = fault.substr(kKnown.size());
    if (fault.ends_with(kAgain)) fault.resize(fault.size() - kAgain.size());
    code = "code of " + fault;
  }
  std::string code_hash() const override { return code; }

  static constexpr std::string_view kKnown = "code:";
  static constexpr std::string_view kAgain = "_again";
  std::string fault;
  std::string code;
};

[[noreturn]] void hang() {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

void allocate_without_end() {
  std::vector<std::vector<char>> all;
  for (;;) all.emplace_back(size_t{64} << 20, 'x');
}

void print_garbage() {
  const std::string garbage(100'000, '\xff');
  std::fwrite(garbage.data(), 1, garbage.size(), stdout);
  std::fflush(stdout);
}

/// A grandchild that outlives its parent's patience; with `wait` the parent waits for it.
void fork_hanging(bool wait) {
  if (::fork() == 0) hang();
  if (wait) hang();
}

/// Calls itself until its stack is used up.
int descend(volatile int* depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(*depth);
  return *depth < 0 ? 0 : descend(depth) + frame[0];
}

void use_up_the_stack() {
  volatile int depth = 1;
  ::_exit(descend(&depth));
}

/// Faults that need no outcome: they end or hold up the process, or only make noise.
void commit(const std::string& fault) {
  if (fault == "segfault") ::raise(SIGSEGV);
  if (fault == "illegal") ::raise(SIGILL);
  if (fault == "stack") use_up_the_stack();
  if (fault == "abort") std::abort();
  if (fault == "exit") ::_exit(0);
  if (fault == "throw:memory") throw std::bad_alloc();
  if (fault == "throw") throw std::runtime_error("out of patience");
  if (fault == "exit_noisily") {
    std::fputs("first line\nthe board caught fire\n", stderr);
    ::_exit(3);
  }
  if (fault == "hang") hang();
  if (fault == "allocate") allocate_without_end();
  if (fault == "garbage") print_garbage();
  if (fault == "grandchild") fork_hanging(true);
  if (fault == "orphan") fork_hanging(false);
  if (fault == "close") {
    for (int fd = 3; fd < 64; ++fd) ::close(fd);
    hang();
  }
  if (fault == "babble") {
    for (int fd = 3; fd < 64; ++fd) (void)!::write(fd, "\xff\xff\xff\xff garbage", 12);
    hang();
  }
}

/// What a wrong program makes of the output.
template <class Element>
void spoil(std::vector<Element>& elements, const std::string& fault) {
  if (fault == "wrong_result") elements.back() = static_cast<Element>(-1 - elements.back());
  if (fault == "short_output") elements.pop_back();
  if constexpr (std::is_floating_point_v<Element>) {
    // As large as the float32 rounding of a few products is not.
    if (fault == "slightly_wrong") elements.front() += Element{0.02F};
    if (fault == "not_a_number") elements.front() = std::numeric_limits<Element>::quiet_NaN();
    if (fault == "infinite") elements.front() = std::numeric_limits<Element>::infinity();
  }
}

/// What is wrong with a device whose name says so, as long as the file is there: `ILLNESS@FILE`.
std::string illness_of(const std::string& name) {
  const size_t at = name.find('@');
  return at != std::string::npos && std::filesystem::exists(name.substr(at + 1)) ? name.substr(0, at) : "";
}

class FaultDevice final : public Device {
 public:
  FaultDevice(int slot, std::string name) : slot_(slot), name_(std::move(name)) {}
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override {
    std::string fault = static_cast<const FaultArtifact&>(artifact).fault;
    const std::string illness = illness_of(name_);
    if (!illness.empty()) fault = illness;
    if (fault == "flaky") fault = ++flaky_runs_ % 3 == 1 ? "run_failed" : "none";
    commit(fault);
    RunOutcome outcome;
    outcome.features.set("cycles", 1234);
    outcome.features.set("slot", slot_);
    outcome.features.set("told_ns", std::isfinite(options.incumbent_ns) ? options.incumbent_ns : -1);
    outcome.costs = {10.5, 11.5};
    outcome.output = data.output;
    if (outcome.output.holds<float>()) {
      spoil(outcome.output.values<float>(), fault);
    } else {
      spoil(outcome.output.values<int8_t>(), fault);
    }
    if (fault == "no_latency") outcome.costs.clear();
    if (fault == "zero_latency") outcome.costs = {10.5, 0};
    if (fault == "odd_feature") outcome.features.set("", 1);
    if (fault.starts_with("late:")) return run_late(fault, options, std::move(outcome));
    if (fault == "run_failed") outcome = {Verdict::run_failed, "the device said no", {}, {}, {}};
    if (fault == "device_lost") outcome = {Verdict::device_lost, "the device is gone", {}, {}, {}};
    return outcome;
  }

 private:
  /// As a device that runs other programs to have a result to compare with: the first ends the process, the
  /// second does not end.
  static void refer(const std::string& fault, const RunOptions& options) {
    if (fault == "late:refers_backwards") options.referring(5);
    for (size_t number = 0; number < 3; ++number) {
      if (options.failed_references.contains(number)) continue;
      options.referring(number);
      if (number == 0) ::_exit(4);
      if (number == 1) hang();
    }
    options.referred("compared with the third, because the first: " + options.failed_references.at(0));
    if (fault == "late:refers_and_dies") ::_exit(5);
  }

  /// As a device that ends building where it runs, and is timed alone.
  static RunOutcome run_late(const std::string& fault, const RunOptions& options, RunOutcome outcome) {
    if (fault.starts_with("late:refers")) refer(fault, options);
    if (fault == "late:build") return {Verdict::build_failed, "cannot be built to its end", {}, {}, {}};
    if (fault == "late:launch") return {Verdict::launch_failed, "is not accepted", {}, {}, {}};
    if (fault == "late:hang_building") hang();
    if (fault.ends_with("_launching")) options.launching();
    if (fault == "late:die_launching") ::_exit(4);
    if (fault == "late:hang_launching") hang();
    options.begun();
    if (fault == "late:hang_running") hang();
    if (const Status alone = options.alone ? options.alone() : Status(); !alone.ok())
      return {Verdict::run_failed, alone.error().message, {}, {}, {}};
    if (fault == "late:hang_timing") hang();
    if (fault == "late:die_timing") ::_exit(4);
    return outcome;
  }

  int slot_;
  std::string name_;
  int flaky_runs_ = 0;
};

const std::vector<std::string> kFaults = {"none",
                                          "segfault",
                                          "illegal",
                                          "stack",
                                          "abort",
                                          "exit",
                                          "exit_noisily",
                                          "hang",
                                          "allocate",
                                          "garbage",
                                          "grandchild",
                                          "orphan",
                                          "close",
                                          "babble",
                                          "wrong_result",
                                          "slightly_wrong",
                                          "not_a_number",
                                          "infinite",
                                          "short_output",
                                          "no_latency",
                                          "run_failed",
                                          "flaky",
                                          "device_lost",
                                          "build:refuse",
                                          "build:hang",
                                          "build:exit",
                                          "build:segfault",
                                          "build:empty",
                                          "build:big",
                                          "build:allocate",
                                          "build:stack",
                                          "zero_latency",
                                          "throw",
                                          "build:throw",
                                          "throw:memory",
                                          "odd_feature",
                                          "build:odd_feature",
                                          "late:none",
                                          "late:build",
                                          "late:launch",
                                          "late:hang_building",
                                          "late:none_launching",
                                          "late:die_launching",
                                          "late:hang_launching",
                                          "late:hang_running",
                                          "late:hang_timing",
                                          "late:die_timing",
                                          "late:refers",
                                          "late:refers_and_dies",
                                          "late:refers_backwards",
                                          "code:none",
                                          "code:none_again",
                                          "code:wrong_result",
                                          "code:wrong_result_again",
                                          "code:run_failed",
                                          "code:run_failed_again",
                                          "save:never",
                                          "save:long",
                                          "save:throw",
                                          "load:refuse",
                                          "load:segfault",
                                          "load:throw"};

Result<Space> fault_space() { return Space::create({name_knob("fault", kFaults)}); }

class FaultTask final : public Task {
 public:
  FaultTask(const Workload& workload, const Space& space)
      : Task({.workload = workload,
              .space = space,
              .identity = {"fault", "target"},
              .default_config = space.config(0)}) {}

  BuildOutcome build(const Config& config) const override {
    const std::string fault = std::get<std::string>(space().value(config, 0));
    BuildOutcome outcome;
    outcome.features.set("instructions", 7);
    if (fault == "build:empty") return outcome;
    if (fault == "build:refuse") return {Verdict::build_failed, "cannot be built", outcome.features, nullptr};
    if (fault == "build:big")
      return {Verdict::resource_exceeded, "needs 9 bytes of 8", outcome.features, nullptr};
    if (fault == "build:odd_feature") outcome.features.set("share", std::numeric_limits<double>::quiet_NaN());
    if (fault.starts_with("build:")) commit(fault.substr(6));
    outcome.artifact = std::make_shared<FaultArtifact>(fault);
    return outcome;
  }

 private:
  /// The name of the fault, which is all that there is of a program.
  Result<std::string> pack(const Config& config, const Artifact& artifact) const override {
    const std::string fault = std::get<std::string>(space().value(config, 0));
    if (fault == "save:never") return Task::pack(config, artifact);
    if (fault == "save:long") return std::string(kMostProgramBytes, 'x');
    if (fault == "save:throw") commit("throw");
    return fault;
  }

  Result<BuildOutcome> unpack(const Config&, std::string_view bytes) const override {
    const std::string fault(bytes);
    if (fault.starts_with("load:")) commit(fault.substr(5));
    BuildOutcome outcome;
    if (fault == "load:refuse")
      return BuildOutcome{Verdict::build_failed, "cannot be compiled here", {}, nullptr};
    outcome.artifact = std::make_shared<FaultArtifact>(fault);
    return outcome;
  }
};

class FaultTarget final : public Target {
 public:
  using Target::Target;

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    TAMIS_ASSIGN(const Space space, fault_space());
    return std::unique_ptr<Task>(std::make_unique<FaultTask>(workload, space));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions& options) const override {
    const auto slot = static_cast<size_t>(options.slot);
    const std::string name = slot < traits().devices.size() ? traits().devices[slot] : "faulty device";
    if (illness_of(name) == "away") return not_found(name + " does not answer");
    return std::unique_ptr<Device>(std::make_unique<FaultDevice>(options.slot, name));
  }
};

}  // namespace

Result<std::shared_ptr<const Target>> make_fault_target(const std::string& spec, const Settings& settings) {
  if (spec == "fault:refuse") return invalid_input("there is no such target");
  if (spec == "fault:unknown") return not_found("there is no target \"fault:unknown\"");
  if (spec == "fault:die") commit("exit_noisily");
  if (spec == "fault:babble") commit("babble");
  TargetTraits traits;
  traits.builds_late = spec == "fault:late";
  traits.jobs = {.usual = 1, .most = spec == "fault:alone" ? 1 : 256};
  if (const auto devices = settings.find("devices"); devices != settings.end())
    traits.devices = split_text(devices->second, ',');
  return std::shared_ptr<const Target>(std::make_shared<const FaultTarget>(spec, settings, traits));
}

SharedTask fault_task(const Workload& workload, const std::string& spec, const Settings& settings) {
  return bind_task(make_fault_target(spec, settings).value(), workload).value();
}

Config fault_config(const Space& space, const std::string& fault) {
  const std::vector<std::string> assignment = {"fault=" + fault};
  return space.parse(assignment).value();
}

Workload small_workload() {
  Workload workload;
  workload.name = "small/conv:1";
  workload.shape = {.n = 1, .ci = 4, .h = 5, .w = 3, .co = 2};
  return workload;
}

Workload small_float_workload() {
  Workload workload = small_workload();
  workload.type = DataType::float32;
  workload.epilogue = default_epilogue(DataType::float32);
  return workload;
}

}  // namespace tamis
