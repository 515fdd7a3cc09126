#include "base/bytes.h"
#include "tamis/formats.h"
#include "tamis/random.h"
#include "tamis/table.h"
#include "targets/table/revealed.h"

#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::table {
namespace {

using SharedTable = std::shared_ptr<const TrialSet>;

/// Draws which of its costs each run of a config gives. Thread safe.
class Noise {
 public:
  Noise(uint64_t stream, size_t rows) : stream_(stream), runs_(rows) {}

  double draw(const Trial& trial, size_t row) {
    uint32_t run = 0;
    {
      const std::lock_guard lock(mutex_);
      run = runs_[row]++;
    }
    Random random = Random::stream(stream_, fmt::format("noise {} {}", row, run));
    return trial.costs[random.below(trial.costs.size())];
  }

 private:
  uint64_t stream_;
  std::mutex mutex_;
  std::vector<uint32_t> runs_;  // of each row so far
};

/// What is "built": the trial that was recorded.
class RecordedArtifact final : public Artifact {
 public:
  /// Without noise every run gives all costs.
  RecordedArtifact(SharedTable table, const Trial& trial, std::shared_ptr<Noise> noise)
      : table_(std::move(table)), trial_(trial), noise_(std::move(noise)) {}
  const Trial& trial() const { return trial_; }
  std::vector<double> run() const {
    if (!noise_ || trial_.costs.empty()) return trial_.costs;
    return {noise_->draw(trial_, static_cast<size_t>(&trial_ - table_->trials.data()))};
  }

 private:
  SharedTable table_;  // keeps the trial alive
  const Trial& trial_;
  std::shared_ptr<Noise> noise_;
};

class RecordedDevice final : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData&, const RunOptions&) override {
    const auto& recorded = static_cast<const RecordedArtifact&>(artifact);
    return {recorded.trial().verdict, recorded.trial().message, recorded.run(), {}, {},
            recorded.trial().run_ns};
  }

 private:
  std::string name_ = "recorded";
};

class TableTask final : public Task {
 public:
  /// `revealed` is empty, or has the features of every row.
  TableTask(TaskFacts facts, SharedTable table, std::optional<uint64_t> noise, std::vector<Features> revealed)
      : Task(std::move(facts)), table_(std::move(table)), revealed_(std::move(revealed)) {
    if (noise) noise_ = std::make_shared<Noise>(*noise, table_->trials.size());
  }

  BuildOutcome build(const Config& config) const override {
    BuildOutcome outcome;
    const Trial* trial = find_recorded(*table_, config);
    if (trial != nullptr) outcome.took_ns = trial->build_ns + (trial->measured ? 0 : trial->run_ns);
    if (trial == nullptr) {
      outcome.verdict = Verdict::build_failed;
      outcome.message = "the table has no such config";
    } else if (!trial->measured) {
      outcome.verdict = trial->verdict;
      outcome.message = trial->message;
    } else {
      outcome.artifact = std::make_shared<RecordedArtifact>(table_, *trial, noise_);
      if (!revealed_.empty()) outcome.features = revealed_[row_of(*trial)];
    }
    return outcome;
  }

 private:
  /// The row is all that there is of it, and the same table is there where it is loaded.
  Result<std::string> pack(const Config&, const Artifact& artifact) const override {
    ByteWriter writer;
    writer.text(identity().subject);
    writer.number(row_of(static_cast<const RecordedArtifact&>(artifact).trial()));
    return writer.take();
  }

  Result<BuildOutcome> unpack(const Config& config, std::string_view bytes) const override {
    ByteReader reader(bytes, "a row as bytes");
    TAMIS_ASSIGN(const std::string_view table, reader.text("its table"));
    TAMIS_ASSIGN(const uint64_t row, reader.number("its number"));
    TAMIS_TRY(reader.end());
    if (table != identity().subject)
      return corrupt(fmt::format("a row as bytes: it is of another table than {}", workload().name));
    const Trial* trial = find_recorded(*table_, config);
    if (trial == nullptr || !trial->measured || row_of(*trial) != row)
      return corrupt(
          fmt::format("a row as bytes: row {} of {} is not the one of its config", row, workload().name));
    BuildOutcome outcome;
    outcome.artifact = std::make_shared<RecordedArtifact>(table_, *trial, noise_);
    return outcome;
  }

  size_t row_of(const Trial& trial) const { return static_cast<size_t>(&trial - table_->trials.data()); }

  SharedTable table_;
  std::vector<Features> revealed_;
  std::shared_ptr<Noise> noise_;
};

/// Names may hold what an identity may not.
std::string digest_of(const std::vector<std::string>& names) {
  return fmt::format("{:016x}", stable_hash(fmt::format("{}", fmt::join(names, "\n"))));
}

Workload workload_of(const std::string& source) {
  Workload workload;
  workload.name = source;
  workload.op = Operator::external;
  workload.source = source;
  return workload;
}

Result<std::unique_ptr<Task>> make_task(const Workload& workload, SharedTable table,
                                        const TableOptions& how = {}) {
  TaskFacts facts;
  facts.workload = workload;
  facts.space = table->space;
  // The table's content, so that another one under the same name is not taken for it.
  facts.identity = {"table", fmt::format("{:016x}", fingerprint_of(*table))};
  if (!how.revealed.empty()) facts.identity.properties.emplace_back("revealed", digest_of(how.revealed));
  facts.objective = table->objective;
  for (const std::string& note : table->notes) facts.notes.push_back("left out " + note);
  facts.default_config = table->space.config(table->space.listed()->front());
  TAMIS_ASSIGN(std::vector<Features> revealed, reveal(*table, how.revealed));
  return std::unique_ptr<Task>(
      std::make_unique<TableTask>(std::move(facts), std::move(table), how.noise, std::move(revealed)));
}

Result<SharedTable> read_table(const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(TrialSet table, read_recorded_table(path, options));
  return SharedTable(std::make_shared<const TrialSet>(std::move(table)));
}

class TableTarget final : public Target {
 public:
  /// With a table, that one is bound, to a workload of its name only; else the file that the workload names.
  TableTarget(SharedTable table, TableOptions how)
      : Target("table", {},
               {.needs_isolation = false,
                .builds_freely = !how.revealed.empty(),
                .latencies_vary = how.noise.has_value(),
                .times_recorded = true}),
        table_(std::move(table)),
        how_(std::move(how)) {}
  TableTarget(const Settings& settings, ReadOptions options)
      : Target("table", settings, {.needs_isolation = false, .times_recorded = true}),
        options_(std::move(options)) {}

  /// Reads nothing: that is left to bind(), which would have to read the file again.
  Result<std::vector<Workload>> resolve(const std::string& text) const override {
    constexpr std::string_view kPrefix = "external:";
    return std::vector<Workload>{workload_of(text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text)};
  }

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    if (table_ && workload.source == table_->workload.name) return make_task(workload, table_, how_);
    if (table_)
      return not_found(fmt::format("this target has the table {} only, and no {}", table_->workload.name,
                                   workload.name.empty() ? workload.source : workload.name));
    if (workload.op != Operator::external)
      return unsupported(
          fmt::format("the target table replays recorded tables, not {}; name a table's file as the workload",
                      workload.name.empty() ? to_string(workload.op) : workload.name));
    TAMIS_ASSIGN(SharedTable table, read_table(workload.source, options_));
    Workload named = workload;
    if (named.name == named.source) named.name = table->workload.name;
    return make_task(named, std::move(table));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<RecordedDevice>());
  }

 private:
  SharedTable table_;
  TableOptions how_;
  ReadOptions options_;
};

}  // namespace

Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings) {
  if (spec != "table")
    return invalid_input(fmt::format(
        "\"{}\": the target table takes nothing after its name; name the table's file as a workload", spec));
  ReadOptions options;
  if (const std::string named = setting_or_default(settings, setting_kinds(), "objective"); !named.empty()) {
    auto objective = parse_objective_request(named);
    if (!objective.ok()) return objective.error().within("--objective");
    options.objective = std::move(*objective);
  }
  return std::shared_ptr<const Target>(std::make_shared<const TableTarget>(settings, std::move(options)));
}

Result<SharedTask> bind_table(SharedTable table, const BindOptions& options, const TableOptions& how) {
  const Workload workload = workload_of(table->workload.name);
  return bind_task(std::make_shared<const TableTarget>(std::move(table), how), workload, options);
}

}  // namespace tamis::table
