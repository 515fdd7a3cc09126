#include "targets/table/table_target.h"

#include "task/settings.h"
#include "task/shelf.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::table {
namespace {

using SharedTable = std::shared_ptr<const TrialSet>;

/// What is "built": the trial that was recorded.
class RecordedArtifact final : public Artifact {
 public:
  RecordedArtifact(SharedTable table, const Trial& trial) : table_(std::move(table)), trial_(trial) {}
  const Trial& trial() const { return trial_; }

 private:
  SharedTable table_;  // keeps the trial alive
  const Trial& trial_;
};

class RecordedDevice final : public Device {
 public:
  const std::string& name() const override { return name_; }
  RunOutcome run(const Artifact& artifact, const WorkloadData&, const RunOptions&) override {
    const Trial& trial = static_cast<const RecordedArtifact&>(artifact).trial();
    return {trial.verdict, trial.message, trial.latencies_ns, {}, {}};
  }

 private:
  std::string name_ = "recorded";
};

class TableTarget final : public Target {
 public:
  explicit TableTarget(std::string spec)
      : spec_(std::move(spec)), shelf_(std::make_unique<Shelf<TrialSet>>()) {}
  void put(const std::string& source, SharedTable table) { shelf_->put(source, std::move(table)); }

  const std::string& spec() const override { return spec_; }

  Result<std::vector<Workload>> workloads(const std::string& text) const override {
    constexpr std::string_view kPrefix = "external:";
    const std::string path = text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : text;
    TAMIS_ASSIGN(const SharedTable table, shelf_->fetch(path, read_recorded_table));
    return std::vector<Workload>{workload_of(*table, path)};
  }

  /// The table's content, so that another one under the same name is not taken for it.
  std::string identity(const Workload& workload) const override {
    const Result<SharedTable> table = fetch(workload);
    return table.ok() ? fmt::format("table {:016x}", fingerprint_of(**table)) : "table";
  }

  Result<Space> space(const Workload& workload) const override {
    TAMIS_ASSIGN(const SharedTable table, fetch(workload));
    return table->space;
  }

  Config default_config(const Workload&, const Space& space) const override {
    return space.config(space.listed()->front());
  }

  double bound_ns(const Workload&) const override { return 0.0; }

  BuildOutcome build(const Workload& workload, const Space&, const Config& config) const override {
    BuildOutcome outcome;
    const Result<SharedTable> table = fetch(workload);
    const Trial* trial = table.ok() ? find_recorded(**table, config) : nullptr;
    if (trial == nullptr) {
      outcome.verdict = Verdict::build_failed;
      outcome.message = table.ok() ? "the table has no such config" : table.error().message;
    } else if (!trial->measured) {
      outcome.verdict = trial->verdict;
      outcome.message = trial->message;
    } else {
      outcome.artifact = std::make_shared<RecordedArtifact>(*table, *trial);
    }
    return outcome;
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<RecordedDevice>());
  }

 private:
  Result<SharedTable> fetch(const Workload& workload) const {
    if (workload.op == Operator::external) return shelf_->fetch(workload.source, read_recorded_table);
    return unsupported(
        fmt::format("the target table replays recorded tables, not {}; name a table's file as the workload",
                    workload.name.empty() ? to_string(workload.op) : workload.name));
  }

  std::string spec_;
  std::unique_ptr<Shelf<TrialSet>> shelf_;
};

}  // namespace

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  if (spec != "table")
    return invalid_input(fmt::format(
        "\"{}\": the target table takes nothing after its name; name the table's file as a workload", spec));
  TAMIS_TRY(allow_settings(options, "table", {}));
  return std::unique_ptr<Target>(std::make_unique<TableTarget>(spec));
}

std::unique_ptr<Target> make_target(const std::shared_ptr<const TrialSet>& table) {
  auto target = std::make_unique<TableTarget>("table");
  target->put(table->workload.name, table);
  return target;
}

Workload workload_of(const TrialSet& table, const std::string& source) {
  Workload workload;
  workload.name = table.workload.name;
  workload.op = Operator::external;
  workload.source = source.empty() ? table.workload.name : source;
  return workload;
}

bool needs_isolation(const TargetOptions&) { return false; }

}  // namespace tamis::table
