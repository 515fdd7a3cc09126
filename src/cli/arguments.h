#pragma once

#include "cli/console.h"
#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/targets.h"
#include "tamis/trial.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// `--trials`: a positive number, or `all` (nothing).
Result<std::optional<uint64_t>> parse_trials(const std::string& text);

/// A verdict as the user names it. Errors: invalid_input, with the nearest.
Result<Verdict> named_verdict(const std::string& word);

/// Takes a whole number, in decimal digits without zeros before them, from `least` to `most`. Where it is
/// another, the message names the bound that it misses.
CLI::Validator whole_number(uint64_t least, uint64_t most = std::numeric_limits<uint64_t>::max());
/// Takes a finite number above 0, as `1e-4`.
CLI::Validator positive_number();
/// Refuses an empty value, such as that of a shell's variable that is not set: it is no name and no file.
CLI::Validator not_empty();

/// Refuses `none` for a log that is to be written, which for `tune` means that none is.
CLI::Validator not_none();

/// `--json`, which takes no value: the same for every command that prints a document.
void add_json(CLI::App& app, bool& json);

/// A flag whose value is a list of names with commas between them. It takes one word, so that positional
/// arguments may follow.
CLI::Option* add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
                       const std::string& description);

/// `--constraint EXPR`, as often as needed: the same for every command that has a space.
void add_constraints(CLI::App& app, std::vector<std::string>& constraints);

/// `--objective NAME[:UNIT][:min|max]`: the same for every command that reads files of other programs.
struct ObjectiveArgument {
  std::string text = {};
  void add_to(CLI::App& app);
  bool given() const { return !text.empty(); }
  /// What readers are told. Errors: as parse_objective_request.
  Result<ReadOptions> options() const;
};

/// `--cost invalid=X`: the same for every command that searches.
struct CostArgument {
  std::string text = {};
  void add_to(CLI::App& app);
  /// The strategies, each that heeds what an invalid trial costs with that option (kInvalidCostOption) set;
  /// the others are told of. Errors: as parse_strategy; invalid_input for another cost or value, and for one
  /// that the strategy's own options name as well.
  Result<std::vector<std::string>> apply(const std::vector<std::string>& strategies,
                                         const Console& console) const;
};

/// The flags that name a target and its settings; the same for every command that has them. There is a flag
/// for every setting that a kind of target declares (TargetKind::settings).
struct TargetArguments {
  std::string target = "vta";
  Settings settings;
  std::vector<std::string> constraints;
  std::vector<std::string> hints;  ///< of --likely-good, which only commands that search have
  void add_to(CLI::App& app);
  /// Whether the user named a target.
  bool named() const { return flag_ != nullptr && flag_->count() > 0; }
  /// Errors: as make_target.
  Result<std::shared_ptr<const Target>> make() const { return make_target(target, settings); }
  /// Errors: invalid_input, saying what to write, when the workload is a space file and --target names
  /// a target that takes none.
  Status check_space_file(const std::string& workload) const;
  /// The target that a space file is for where none is named: opencl or cuda for one that describes a kernel,
  /// unless a setting says which program runs its configs; else command. Errors: those of reading the kernel.
  Result<std::string> implied_by(const std::string& text, const std::string& path) const;
  /// What the user says of every task.
  BindOptions bind_options() const { return {constraints, hints}; }
  /// The tasks of all workloads that the texts name, a folder or a pattern of tables among them for the
  /// target table. What of their sources was left out is told of. Errors: as Target::resolve and bind_task.
  Result<std::vector<SharedTask>> bind(const std::vector<std::string>& texts, const Console& console) const;
  /// The task of the only workload that the text names. Errors: likewise; invalid_input, naming one, where
  /// there are several workloads.
  Result<SharedTask> bind_one(const std::string& text, const Console& console) const;

 private:
  CLI::Option* flag_ = nullptr;
};

/// `--index` and `--config`: the same for every command that is about one config.
struct ConfigArguments {
  int64_t index = -1;
  std::vector<std::string> knobs;
  /// `verb` begins the descriptions: `build`.
  void add_to(CLI::App& app, const std::string& verb);
  bool given() const { return index >= 0 || !knobs.empty(); }
  /// The config that is meant; the first one where nothing was given. Errors: invalid_input for both flags at
  /// once, an index beyond the space, an unknown knob or value.
  Result<Config> choose(const Space& space) const;
};

/// The text of a file that looks like a space file; nothing where there is none.
std::optional<std::string> read_space_text(const std::string& path);

/// The text of the first constraint that excludes the config; empty where none does.
std::string excluded_by(const Space& space, const Config& config);

}  // namespace tamis::cli
