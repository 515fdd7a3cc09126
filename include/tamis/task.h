#pragma once

#include "tamis/device.h"
#include "tamis/objective.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/target.h"
#include "tamis/workload.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis {

/// What trials of a task were measured on. It differs whenever a config could behave differently, so a log
/// keeps it, as a string, with every session.
struct TaskIdentity {
  std::string kind;  ///< of target: `vta`, `cpu`; one word
  std::string
      subject;  ///< what of that kind: a processor and its features, a device's parameters; may be empty
  /// Further properties by name, in their order; neither name nor value holds a blank or `=`.
  std::vector<std::pair<std::string, std::string>> properties = {};

  /// The property of this name; nothing where there is none.
  std::optional<std::string> property(std::string_view name) const;
  friend bool operator==(const TaskIdentity&, const TaskIdentity&) = default;
};

/// `KIND SUBJECT NAME=VALUE NAME=VALUE`.
std::string to_string(const TaskIdentity& identity);
/// What to_string wrote: the trailing words that hold `=` are properties. Errors: corrupt for an empty
/// string.
Result<TaskIdentity> parse_identity(const std::string& text);

/// What a target knows of a workload that is bound to it.
struct TaskFacts {
  Workload workload;
  Space space;
  TaskIdentity identity;
  /// The config that an untuned compiler would take, or that the user came with: what tuning is compared
  /// with. It has a value of the space for every knob, allowed or not.
  Config default_config;
  /// Configs that are likely good, for a search to begin with: what the makers of the target know of it.
  std::vector<Config> suggestions = {};
  /// The least latency in ns that the arithmetic units allow; 0 where it is not known.
  double bound_ns = 0;
  /// What the costs of its trials are of.
  Objective objective = {};
  /// Sentences for people on its source: what was left out, as rows of a recorded table, or decided.
  std::vector<std::string> notes = {};
};

/// What binding a workload adds to what the target says of it.
struct BindOptions {
  /// Further declared constraints, as formulas (tamis/expression.h).
  std::vector<std::string> constraints = {};
  /// Further hints, after those of the space, each as parse_hint reads it (tamis/hint.h).
  std::vector<std::string> hints = {};
};

/// The longest program as bytes (Task::save) that Task::load takes, and that travels to another process.
inline constexpr size_t kMostProgramBytes = size_t{8} << 20;

/// A workload bound to a target, made once and shared: what is searched, measured and logged. Everything it
/// names by itself (the default config, suggestions) is allowed by its space.
///
/// Immutable and thread safe: build() is called from several threads at once.
class Task {
 public:
  explicit Task(TaskFacts facts) : facts_(std::move(facts)) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const Workload& workload() const { return facts_.workload; }
  /// With the constraints of the target and of the user.
  const Space& space() const { return facts_.space; }
  const TaskIdentity& identity() const { return facts_.identity; }
  const Config& default_config() const { return facts_.default_config; }
  /// The default config of the target where constraints exclude it, so that default_config() is another one;
  /// nothing where they allow it.
  const std::optional<Config>& excluded_default() const { return excluded_default_; }
  const std::vector<Config>& suggestions() const { return facts_.suggestions; }
  double bound_ns() const { return facts_.bound_ns; }
  const Objective& objective() const { return facts_.objective; }
  const std::vector<std::string>& notes() const { return facts_.notes; }
  /// The target that it is bound to: its settings, its traits, its devices.
  const Target& target() const { return *target_; }

  /// Builds the program of a config. Constraints do not matter here, only the knobs' values. A failure is an
  /// outcome; an exception that it throws all the same, but std::bad_alloc, is build_failed with its what().
  virtual BuildOutcome build(const Config& config) const = 0;

  /// The program that build() made of this config as bytes, from which load() makes it again in another
  /// process, or on another machine of the same kind, whose task has the same target and workload. What
  /// building revealed (BuildOutcome::features) is not in them and travels beside.
  ///
  /// The bytes begin with a magic word, the version of this format, the kind of the target, the workload and
  /// the config; behind them is what the target wrote, with a hash. So damaged and foreign bytes are found.
  /// Bytes that somebody made on purpose are not: a hash is no signature, and for `cpu` and `cuda` they are
  /// machine code, which does whatever it likes to the process that runs it. Whoever carries programs between
  /// machines has to know, by signatures or by the way, that they come from a machine that is trusted.
  ///
  /// Thread safe. Errors: unsupported where programs of the target cannot travel, saying why; invalid_input
  /// for a config that is not of the space. Bytes longer than kMostProgramBytes are given and not taken.
  Result<std::string> save(const Config& config, const Artifact& artifact) const;
  /// A program again that save() of such a task wrote for the same config. Its Artifact::code_hash is that of
  /// the one that was saved. No byte is believed: whatever they are, reading them ends in an outcome or an
  /// error, and takes memory for no more than the program of a config may have.
  ///
  /// Where the target compiles on the machine that runs, as `opencl` does, what cannot be compiled there is
  /// an outcome, as of build(); features are those that loading reveals.
  ///
  /// Thread safe. Errors: corrupt for damaged bytes, and for those of another target, workload or config,
  /// naming both; unsupported for a program of another release, or for a processor or device that is not this
  /// one; invalid_input for a config that is not of the space; those of opening the device where loading
  /// needs one.
  Result<BuildOutcome> load(const Config& config, std::string_view bytes) const;

 protected:
  /// What save() puts behind the beginning that all programs have. `artifact` is one of this task's. Errors:
  /// unsupported. By default that.
  virtual Result<std::string> pack(const Config& config, const Artifact& artifact) const;
  /// What load() finds behind it. The bytes are as pack() of a task of the same kind, workload and config
  /// wrote them, unless somebody made them on purpose: every length must be checked. Errors: as load(). By
  /// default unsupported.
  virtual Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const;

 private:
  friend Result<std::shared_ptr<const Task>> bind_task(const std::shared_ptr<const Target>& target,
                                                       const Workload& workload, const BindOptions& options);
  Status complete(std::shared_ptr<const Target> target, const BindOptions& options);

  TaskFacts facts_;
  std::optional<Config> excluded_default_;
  std::shared_ptr<const Target> target_;
};

/// A task as everybody holds it: shared and immutable, never null where tamis returns one.
using SharedTask = std::shared_ptr<const Task>;

/// Binds a workload to a target: Target::bind, with the user's constraints. A default config that they
/// exclude gives way to the nearest that they allow; excluded suggestions are left out. Errors: as
/// Target::bind; invalid_input for a workload that is not valid, for a formula that does not fit the knobs,
/// for a default config that is not of the space, and where nothing is allowed, naming the constraints that
/// exclude everything, or where chance met nothing that is allowed in a space too large to be enumerated;
/// internal where the target gives no task.
Result<SharedTask> bind_task(const std::shared_ptr<const Target>& target, const Workload& workload,
                             const BindOptions& options = {});

/// What there is to say of a space that tamis builds nothing of: its configs are tried by the caller.
struct PlainTask {
  Space space;
  std::string name = "task";
  TaskIdentity identity = {"study", "", {}};
  Config default_config = {};  ///< empty: the first that the space allows
  Objective objective = {};
};
/// A task whose programs only the caller can build and run; its own build() fails. Errors: invalid_input for
/// a space that allows nothing, and for a default config that is not of it.
Result<SharedTask> make_plain_task(PlainTask plain);

}  // namespace tamis
