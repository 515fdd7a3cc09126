#include "targets/gpu/gpu_device.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "process/signal_shield.h"
#include "tamis/random.h"
#include "targets/gpu/device_reference.h"
#include "targets/gpu/runtime/limits.h"
#include "targets/timing/calm_sampling.h"
#include "targets/timing/sampling.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using Bytes = std::vector<std::byte>;

/// What lies in front of every argument, where alignment does not ask for more, and behind it, and that no
/// program may change.
constexpr size_t kGuardBytes = 4096;
constexpr std::byte kGuard{0xA5};

/// A config is one of hundreds and the best are measured again in the finals.
constexpr std::chrono::milliseconds kTimeBudget{20};
constexpr double kHopelessFactor = 1.6;

/// What is written between two cold runs: in pieces, and so much more than the last cache holds.
constexpr size_t kColdPiece = size_t{16} << 20;
constexpr size_t kUnknownCache = size_t{64} << 20;
constexpr size_t kMostCold = size_t{1} << 30;

Failure failed(const Error& error) { return {Verdict::run_failed, error.message}; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// A set of programs on the device: the arguments, and what they should be after a run.
struct Bound {
  std::shared_ptr<const ProgramSet> set;
  std::vector<ArgumentValue> values;
  std::vector<std::shared_ptr<DeviceBuffer>> guarded;  // with their guard zones; none for scalars
  std::vector<std::shared_ptr<DeviceBuffer>> buffers;  // the parts of those that programs are given
  size_t in_front = 0;                                 // bytes of the guard zone in front of each
  bool compares = false;                               // what follows is known
  std::vector<size_t> compared;                        // numbers of arguments
  std::vector<Bytes> expected;                         // by the number of the argument
  std::string reference;                               // what made it; empty: it was given
  std::optional<Failure> no_reference;                 // why there is nothing to compare with
};

/// Memory that pushes everything else out of the caches when it is written.
class ColdMemory {
 public:
  /// Errors: as Runtime::allocate.
  Status allocate(Runtime& runtime) {
    const uint64_t cache = runtime.facts().cache_bytes > 0 ? runtime.facts().cache_bytes : kUnknownCache;
    const size_t wanted = std::min<size_t>(cache + cache / 8, kMostCold);
    source_.assign(kColdPiece, std::byte{1});
    for (size_t bytes = 0; bytes < wanted; bytes += kColdPiece) {
      TAMIS_ASSIGN(auto piece, runtime.allocate(kColdPiece));
      pieces_.push_back(std::move(piece));
    }
    return {};
  }
  void flush(Runtime& runtime) {
    source_[0] = static_cast<std::byte>(std::to_integer<int>(source_[0]) + 1);
    // A write that fails leaves the caches as they are; the run after it will say what is wrong.
    for (const auto& piece : pieces_) static_cast<void>(runtime.overwrite(*piece, source_));
  }

 private:
  Bytes source_;
  std::vector<std::shared_ptr<DeviceBuffer>> pieces_;
};

/// What clocks were before and after a program was timed.
void describe_clocks(const std::optional<DeviceClocks>& before, const std::optional<DeviceClocks>& after,
                     Features& features) {
  if (!before || !after) return;
  features.set("clock_before_mhz", before->multiprocessor_mhz);
  features.set("clock_after_mhz", after->multiprocessor_mhz);
  features.set("memory_clock_mhz", after->memory_mhz);
  features.set("clock_limits", static_cast<double>(before->held_back_by | after->held_back_by));
}

class GpuDevice final : public Device {
 public:
  GpuDevice(std::shared_ptr<SharedRuntime> runtime, Language language, const DeviceFacts& facts,
            std::optional<ColdMemory> cold)
      : runtime_(std::move(runtime)), language_(language), name_(facts.name), cold_(std::move(cold)) {
    // On a processor the same work as for its own programs says how calm it is.
    is_cpu_ = facts.is_cpu;
    if (is_cpu_) calm_.emplace(timing::ReferenceKernel(monotonic_ns));
  }

  const std::string& name() const override { return name_; }
  bool lost() const override { return lost_; }

  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions& options) override {
    RunOutcome outcome;
    const auto& program = static_cast<const GpuArtifact&>(artifact);
    Result<SharedRuntime::Use> use = runtime_->use();
    std::optional<Failure> failure =
        use.ok() ? check_and_time(**use, program, data, options, outcome) : failed(use.error());
    if (failure) {
      lost_ = lost_ || failure->process_lost;
      outcome.verdict = failure->verdict;
      outcome.message = std::move(failure->message);
      outcome.costs.clear();
    }
    return outcome;
  }

 private:
  std::optional<Failure> check_and_time(Runtime& runtime, const GpuArtifact& program,
                                        const WorkloadData& data, const RunOptions& options,
                                        RunOutcome& outcome) {
    for (const Launch& launch : program.program.launches)
      if (const Fit fit = program.compiled->fit(runtime.facts(), launch); fit.failure) return fit.failure;
    if (auto failure = bind(runtime, program, data, options)) return failure;
    std::vector<Bytes> after;
    if (auto failure = run_checked(runtime, program.program, *program.compiled, options, after))
      return failure;
    outcome.output = bound_->set->output(after);
    if (outcome.output.empty())
      if (auto failure = compare(after)) return failure;
    if (!is_cpu_ && !watched_) {
      watched_ = true;
      reference_ = DeviceReference::create(runtime, language_);
    }
    if (options.alone)
      if (const Status alone = options.alone(); !alone.ok()) return failed(alone.error());
    return take_samples(runtime, program, options, outcome);
  }

  /// Brings what the program's set has in common to the device, unless it is there.
  std::optional<Failure> bind(Runtime& runtime, const GpuArtifact& program, const WorkloadData& data,
                              const RunOptions& options) {
    if (!bound_ || bound_->set != program.set) {
      bound_.reset();
      Result<Bound> made = upload(runtime, program.set, data);
      if (!made.ok()) return failed(made.error());
      bound_ = std::move(*made);
    }
    if (!bound_->compares) find_expected(runtime, program, options);
    return bound_->no_reference;
  }

  static Result<Bound> upload(Runtime& runtime, const std::shared_ptr<const ProgramSet>& set,
                              const WorkloadData& data) {
    Bound bound;
    bound.set = set;
    const size_t alignment = runtime.facts().buffer_alignment;
    bound.in_front = (kGuardBytes + alignment - 1) / alignment * alignment;
    TAMIS_ASSIGN(bound.values, set->arguments(data));
    for (const ArgumentValue& value : bound.values)
      if (const Status allocated = allocate(runtime, value, bound); !allocated.ok())
        return allocated.error().within(value.name);
    return bound;
  }

  static Status allocate(Runtime& runtime, const ArgumentValue& value, Bound& bound) {
    bound.guarded.emplace_back();
    bound.buffers.emplace_back();
    if (value.scalar) return {};
    TAMIS_ASSIGN(bound.guarded.back(), runtime.allocate(bound.in_front + value.bytes.size() + kGuardBytes));
    TAMIS_ASSIGN(bound.buffers.back(), runtime.part_of(bound.guarded.back(), bound.in_front,
                                                       std::max<size_t>(value.bytes.size(), 1)));
    return {};
  }

  /// Finds out what the arguments should be after a run, or why that is not known.
  void find_expected(Runtime& runtime, const GpuArtifact& program, const RunOptions& options) {
    Bound& bound = *bound_;
    bound.compares = true;
    bound.expected.resize(bound.values.size());
    bool given = false, missing = false;
    for (size_t i = 0; i < bound.values.size(); ++i) {
      const ArgumentValue& value = bound.values[i];
      if (!value.output) continue;
      (value.expected ? given : missing) = true;
      if (value.expected) bound.expected[i] = *value.expected;
      bound.compared.push_back(i);
    }
    if ((given && !missing) || !bound.set->reference(0)) return;
    std::string notice;
    if (const auto lost = try_references(runtime, program, options, notice)) {
      bound.no_reference = lost;
      return;  // whoever runs this process sees that it was a reference that cost it
    }
    if (options.referred) options.referred(notice);
  }

  /// Runs one reference after the other, until one runs to its end. A failure only where this process cannot
  /// go on after one; `notice`: what people should know of what is compared with.
  std::optional<Failure> try_references(Runtime& runtime, const GpuArtifact& program,
                                        const RunOptions& options, std::string& notice) {
    Bound& bound = *bound_;
    std::string first_failure;
    size_t number = 0;
    for (; std::optional<Reference> reference = bound.set->reference(number); ++number) {
      std::string failure;
      if (const auto known = options.failed_references.find(number);
          known != options.failed_references.end()) {
        failure = known->second;
      } else {
        if (options.referring) options.referring(number);
        std::vector<Bytes> after;
        std::optional<Failure> now = run_reference(runtime, program, *reference, options, after);
        if (now && now->process_lost) return now;
        if (!now) now = take_expected(std::move(after), reference->what);
        if (now) failure = fmt::format("{}: {}", to_string(now->verdict), first_line(now->message));
      }
      if (failure.empty()) {
        notice = notice_of_reference(first_failure);
        return std::nullopt;
      }
      if (number == 0) first_failure = fmt::format("{} fails: {}", reference->what, failure);
    }
    bound.no_reference = Failure{
        Verdict::run_failed, fmt::format("there is no result to compare with, because {}", first_failure)};
    if (number > 1) bound.no_reference->message += fmt::format("; so do {} others", number - 1);
    notice = bound.no_reference->message;
    return std::nullopt;
  }

  /// What people should know of the reference that was taken; `first_failure`: why it is not the first one.
  std::string notice_of_reference(const std::string& first_failure) const {
    const Bound& bound = *bound_;
    std::string notice;
    if (!first_failure.empty())
      notice =
          fmt::format("results are compared with those of {}, because {}", bound.reference, first_failure);
    for (const size_t i : bound.compared) {
      if (bound.values[i].expected || !is_nan_everywhere(bound.values[i], bound.expected[i])) continue;
      notice += fmt::format("{}{} is NaN everywhere after {}, so nothing but NaN counts as right there",
                            notice.empty() ? "" : "; ", bound.values[i].name, bound.reference);
    }
    return notice;
  }

  std::optional<Failure> run_reference(Runtime& runtime, const GpuArtifact& program,
                                       const Reference& reference, const RunOptions& options,
                                       std::vector<Bytes>& after) {
    if (!reference.program.ok()) return Failure{Verdict::build_failed, reference.program.error().message};
    const KernelProgram& wanted = *reference.program;
    for (const Launch& launch : wanted.launches)
      if (auto excess = find_excess(runtime.facts(), launch)) return excess;
    std::shared_ptr<const CompiledProgram> compiled = program.compiled;
    if (digest_of(wanted) != digest_of(program.program)) {
      Compiled made = runtime.compile(wanted.source, entries_of(wanted));
      if (made.failure) return made.failure;
      compiled = std::move(made.program);
    }
    for (const Launch& launch : wanted.launches)
      if (const Fit fit = compiled->fit(runtime.facts(), launch); fit.failure) return fit.failure;
    // Nobody is told that it begins: it is no run of the config. One that hangs is to be named all the same.
    RunOptions silent;
    silent.deadline = options.deadline;
    return run_checked(runtime, wanted, *compiled, silent, after);
  }

  /// Where no output changes, those are compared that do. A failure where nothing does.
  std::optional<Failure> take_expected(std::vector<Bytes> after, const std::string& what) {
    Bound& bound = *bound_;
    const std::vector<size_t> outputs = bound.compared;
    const auto changes = [&](size_t i) {
      return !bound.values[i].scalar && after[i] != bound.values[i].bytes;
    };
    if (std::none_of(bound.compared.begin(), bound.compared.end(),
                     [&](size_t i) { return bound.values[i].expected || changes(i); })) {
      bound.compared.clear();
      for (size_t i = 0; i < bound.values.size(); ++i)
        if (changes(i)) bound.compared.push_back(i);
    }
    if (bound.compared.empty()) {
      bound.compared = outputs;
      return Failure{Verdict::wrong_result, "it changes no argument"};
    }
    for (const size_t i : bound.compared)
      if (!bound.values[i].expected) bound.expected[i] = std::move(after[i]);
    bound.reference = what;
    return std::nullopt;
  }

  /// Runs the program on the arguments as they are at first, and reads them back.
  std::optional<Failure> run_checked(Runtime& runtime, const KernelProgram& program,
                                     const CompiledProgram& compiled, const RunOptions& options,
                                     std::vector<Bytes>& after) {
    if (const Status restored = restore(runtime); !restored.ok()) return failed(restored.error());
    for (const Symbol& symbol : program.symbols)
      if (const Status written =
              runtime.write_symbol(compiled, symbol.name, bound_->values[symbol.argument].bytes);
          !written.ok())
        return failed(written.error());
    if (auto failure = launch_all(runtime, program, compiled, options)) return failure;
    if (const Status read = read_back(runtime, after); !read.ok()) return failed(read.error());
    return find_stray_write(after);
  }

  /// Makes each launch ready and runs it. A later one may be compiled only when the earlier ones have run, so
  /// the time of a run is counted here but for the last.
  std::optional<Failure> launch_all(Runtime& runtime, const KernelProgram& program,
                                    const CompiledProgram& compiled, const RunOptions& options) {
    const std::function<void()> nobody;
    std::chrono::milliseconds left = options.deadline;
    for (const Launch& launch : program.launches) {
      const std::vector<Argument> arguments = arguments_of(launch);
      const bool last = &launch == &program.launches.back();
      const bool first = &launch == &program.launches.front();
      const auto& begun = last ? options.begun : first ? options.launching : nobody;
      if (auto failure = runtime.prepare(compiled, launch, arguments, kNever, begun)) return failure;
      const auto begin = std::chrono::steady_clock::now();
      auto ran = runtime.launch(compiled, launch, arguments, deadline_after(left));
      if (auto* failure = std::get_if<Failure>(&ran)) return in_time(*failure, options);
      left -= std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    }
    return std::nullopt;
  }

  static Failure in_time(Failure failure, const RunOptions& options) {
    if (failure.verdict == Verdict::run_timeout)
      failure.message += fmt::format(": it was given {} ms", options.deadline.count());
    return failure;
  }

  Status restore(Runtime& runtime) const {
    Bytes guarded;
    for (size_t i = 0; i < bound_->values.size(); ++i) {
      if (!bound_->guarded[i]) continue;
      const Bytes& bytes = bound_->values[i].bytes;
      guarded.assign(bound_->in_front + bytes.size() + kGuardBytes, kGuard);
      std::copy(bytes.begin(), bytes.end(), guarded.begin() + static_cast<std::ptrdiff_t>(bound_->in_front));
      TAMIS_TRY(runtime.write(*bound_->guarded[i], guarded));
    }
    return {};
  }

  /// With their guard zones.
  Status read_back(Runtime& runtime, std::vector<Bytes>& after) const {
    after.resize(bound_->values.size());
    for (size_t i = 0; i < bound_->values.size(); ++i) {
      if (!bound_->guarded[i]) continue;
      after[i].resize(bound_->in_front + bound_->values[i].bytes.size() + kGuardBytes);
      TAMIS_TRY(runtime.read(*bound_->guarded[i], after[i]));
    }
    return {};
  }

  /// Takes the guard zones off what was read back.
  std::optional<Failure> find_stray_write(std::vector<Bytes>& after) const {
    const auto stray = [](std::byte one) { return one != kGuard; };
    for (size_t i = 0; i < after.size(); ++i) {
      if (!bound_->guarded[i]) continue;
      const ArgumentValue& value = bound_->values[i];
      const auto begin = after[i].begin() + static_cast<std::ptrdiff_t>(bound_->in_front);
      const auto end = begin + static_cast<std::ptrdiff_t>(value.bytes.size());
      if (const auto first = std::find_if(after[i].begin(), begin, stray); first != begin)
        return Failure{Verdict::wrong_result,
                       fmt::format("the kernel wrote in front of the beginning of {}: byte {}, of {} bytes",
                                   value.name, first - begin, value.bytes.size())};
      if (const auto first = std::find_if(end, after[i].end(), stray); first != after[i].end())
        return Failure{Verdict::wrong_result,
                       fmt::format("the kernel wrote behind the end of {}: byte {}, of {} bytes", value.name,
                                   first - begin, value.bytes.size())};
      after[i].erase(end, after[i].end());
      after[i].erase(after[i].begin(), begin);
    }
    return std::nullopt;
  }

  std::optional<Failure> compare(const std::vector<Bytes>& after) const {
    for (const size_t i : bound_->compared) {
      const auto difference = find_output_difference(bound_->values[i], bound_->expected[i], after[i]);
      if (!difference) continue;
      return Failure{Verdict::wrong_result,
                     bound_->values[i].expected || bound_->reference.empty()
                         ? *difference
                         : fmt::format("{}; compared with what {} computes", *difference, bound_->reference)};
    }
    return std::nullopt;
  }

  std::vector<Argument> arguments_of(const Launch& launch) const {
    std::vector<Argument> arguments;
    for (const size_t i : launch.arguments) {
      if (bound_->buffers[i])
        arguments.emplace_back(bound_->buffers[i]);
      else
        arguments.emplace_back(bound_->values[i].bytes);
    }
    return arguments;
  }

  std::optional<Failure> take_samples(Runtime& runtime, const GpuArtifact& program, const RunOptions& options,
                                      RunOutcome& outcome) {
    std::vector<std::vector<Argument>> arguments;
    for (const Launch& launch : program.program.launches) arguments.push_back(arguments_of(launch));
    const Deadline deadline = deadline_after(options.deadline);
    std::optional<Failure> failure;
    // Only now, as nobody else uses the device: what is calm is found out.
    if (reference_ && !calm_)
      calm_.emplace(
          timing::ReferenceKernel([this] { return reference_->now_ns(); }, [this] { reference_->run(); }));
    timing::SamplingEnvironment environment;
    if (is_cpu_) environment.preemptions = timing::count_preemptions;
    if (cold_) environment.before_run = [&] { cold_->flush(runtime); };
    environment.timed_run = [&]() -> std::optional<double> {
      double ns = 0;
      for (size_t i = 0; i < arguments.size(); ++i) {
        auto ran = runtime.launch(*program.compiled, program.program.launches[i], arguments[i], deadline);
        if (auto* failed_launch = std::get_if<Failure>(&ran)) {
          failure = in_time(*failed_launch, options);
          return std::nullopt;
        }
        ns += *std::get_if<double>(&ran);
      }
      return ns;
    };
    timing::SamplingOptions sampling;
    sampling.time_budget = kTimeBudget;
    sampling.hopeless_factor = kHopelessFactor;
    sampling.incumbent_ns = options.incumbent_ns;
    const std::optional<DeviceClocks> before = runtime.clocks();
    const timing::Sampling taken =
        calm_ ? calm_->sample({}, sampling, environment) : timing::sample_latency({}, sampling, environment);
    if (failure) return failure;
    outcome.costs = taken.samples_ns;
    taken.describe(outcome.features);
    describe_clocks(before, runtime.clocks(), outcome.features);
    return std::nullopt;
  }

  std::shared_ptr<SharedRuntime> runtime_;  // first: the memory below goes before it does
  Language language_;
  std::string name_;
  bool is_cpu_ = false;
  std::optional<ColdMemory> cold_;
  bool watched_ = false;                        // the reference was made, or cannot be
  std::unique_ptr<DeviceReference> reference_;  // of a device that is no processor
  std::optional<timing::CalmSampler> calm_;
  std::optional<Bound> bound_;
  bool lost_ = false;
};

std::string text_of(const Launch& launch) {
  std::string text = fmt::format("{} {}", launch.entry, launch.shared_bytes);
  for (size_t axis = 0; axis < 3; ++axis)
    text += fmt::format(" {}*{}", launch.grid.groups[axis], launch.grid.group[axis]);
  for (const size_t argument : launch.arguments) text += fmt::format(" {}", argument);
  return text + "\n";
}

std::optional<Failure> check_parameters(const CompiledProgram& compiled, const KernelProgram& program) {
  for (const Launch& launch : program.launches) {
    const std::optional<size_t> parameters = compiled.parameter_count(launch.entry);
    const bool has_local = program.source.language == Language::opencl && launch.shared_bytes > 0;
    const size_t given = launch.arguments.size() + (has_local ? 1 : 0);
    if (parameters && *parameters != given)
      return Failure{
          Verdict::build_failed,
          fmt::format("{} has {} parameters, and its description gives it {} arguments{}", launch.entry,
                      *parameters, given, has_local ? " with the one of local memory" : "")};
  }
  return std::nullopt;
}

BuildOutcome refused(BuildOutcome outcome, const Failure& failure) {
  outcome.verdict = failure.verdict;
  outcome.message = failure.message;
  return outcome;
}

}  // namespace

Result<SharedRuntime::Use> SharedRuntime::use() {
  std::unique_lock lock(mutex_);
  if (!runtime_) {
    // Drivers start threads, and this may be the tuner's process, which waits for signals on one of its own.
    const SignalShield shield;
    TAMIS_ASSIGN(runtime_, open_());
  }
  return Use(std::move(lock), *runtime_);
}

std::string GpuArtifact::code_hash() const {
  const std::string code = compiled->code();
  if (code.empty()) return digest_of(program);
  // What the compiler made says more than the source: knobs that change nothing are seen to change nothing.
  std::string text = code + "\n";
  for (const Launch& launch : program.launches) text += text_of(launch);
  for (const Symbol& symbol : program.symbols) text += fmt::format("{} {}\n", symbol.name, symbol.argument);
  return digest(text);
}

std::string digest_of(const KernelProgram& program) {
  std::string text = fmt::format("{}\n", to_string(program.source.language));
  for (const std::string& option : program.source.options) text += option + "\n";
  for (const std::string& folder : program.source.include_folders) text += "-I " + folder + "\n";
  for (const Launch& launch : program.launches) text += text_of(launch);
  return digest(text + program.source.text);
}

std::vector<std::string> entries_of(const KernelProgram& program) {
  std::vector<std::string> entries;
  for (const Launch& launch : program.launches)
    if (std::find(entries.begin(), entries.end(), launch.entry) == entries.end())
      entries.push_back(launch.entry);
  return entries;
}

namespace {

/// build_program() by any way of compiling. Errors: those of `compile`.
Result<BuildOutcome> build_with(Runtime& runtime, KernelProgram program,
                                std::shared_ptr<const ProgramSet> set,
                                const std::function<Result<Compiled>(const KernelProgram&)>& compile_it) {
  BuildOutcome outcome;
  const auto largest = std::max_element(
      program.launches.begin(), program.launches.end(),
      [](const Launch& a, const Launch& b) { return a.grid.group_items() < b.grid.group_items(); });
  const auto& groups = largest->grid.groups;
  outcome.features.set("group_items", static_cast<double>(largest->grid.group_items()));
  outcome.features.set("groups", static_cast<double>(groups[0]) * static_cast<double>(groups[1]) *
                                     static_cast<double>(groups[2]));
  for (const Launch& launch : program.launches)
    if (const auto failure = find_excess(runtime.facts(), launch)) return refused(outcome, *failure);
  TAMIS_ASSIGN(Compiled compiled, compile_it(program));
  for (auto& feature : compiled.features.values) outcome.features.values.push_back(std::move(feature));
  if (compiled.failure) return refused(outcome, *compiled.failure);
  if (const auto failure = check_parameters(*compiled.program, program)) return refused(outcome, *failure);
  for (const Launch& launch : program.launches) {
    const Fit fit = compiled.program->fit(runtime.facts(), launch);
    if (fit.occupancy && &launch == &*largest) outcome.features.set("occupancy", *fit.occupancy);
    // What only a launch can be refused for is left to the device.
    if (fit.failure && fit.failure->verdict != Verdict::launch_failed) return refused(outcome, *fit.failure);
  }
  outcome.artifact =
      std::make_shared<GpuArtifact>(std::move(program), std::move(compiled.program), std::move(set));
  return outcome;
}

/// Equal on two machines, wherever their files lie.
std::string digest_without_folders(KernelProgram program) {
  program.source.include_folders.clear();
  return digest_of(program);
}

}  // namespace

BuildOutcome build_program(Runtime& runtime, KernelProgram program, std::shared_ptr<const ProgramSet> set) {
  const auto compile_it = [&](const KernelProgram& made) -> Result<Compiled> {
    return runtime.compile(made.source, entries_of(made));
  };
  return build_with(runtime, std::move(program), std::move(set), compile_it).value();
}

std::string pack_program(const GpuArtifact& artifact, const std::string& code) {
  ByteWriter writer;
  writer.text(code);
  writer.text(digest_without_folders(artifact.program));
  writer.text(artifact.compiled->pack());
  return writer.take();
}

Result<BuildOutcome> load_program(Runtime& runtime, KernelProgram program,
                                  std::shared_ptr<const ProgramSet> set, const std::string& code,
                                  std::string_view bytes) {
  const char* const origin = "a program of a GPU as bytes";
  ByteReader reader(bytes, origin);
  TAMIS_ASSIGN(const std::string_view made_by, reader.text("what it was made by"));
  TAMIS_ASSIGN(const std::string_view made, reader.text("the digest of its source"));
  TAMIS_ASSIGN(const std::string_view packed, reader.text("its code"));
  TAMIS_TRY(reader.end());
  if (made_by != code || made != digest_without_folders(program))
    return unsupported(fmt::format(
        "{}: its config is another program here; use one release and one kernel file on all machines",
        origin));
  const auto load_it = [&](const KernelProgram& of) {
    return runtime.load(of.source, entries_of(of), packed);
  };
  return build_with(runtime, std::move(program), std::move(set), load_it);
}

Result<std::unique_ptr<Device>> open_gpu_device(std::shared_ptr<SharedRuntime> runtime, Language language,
                                                Caches caches) {
  std::optional<ColdMemory> cold;
  DeviceFacts facts;
  {
    TAMIS_ASSIGN(const SharedRuntime::Use use, runtime->use());
    facts = use->facts();
    if (caches == Caches::cold) TAMIS_TRY(cold.emplace().allocate(*use));
  }
  return std::unique_ptr<Device>(
      std::make_unique<GpuDevice>(std::move(runtime), language, facts, std::move(cold)));
}

}  // namespace tamis::gpu
