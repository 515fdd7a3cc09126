#include "fleet/workbench.h"

#include "measure/device_links.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

Status check_record(const TaskRecord& record, const Task& task) {
  const std::string identity = to_string(task.identity());
  if (record.identity != identity)
    return unsupported(
        fmt::format("it is a \"{}\", and the task is for \"{}\"; name a device type (--device-type) "
                    "whose devices are that",
                    identity, record.identity));
  if (record.fingerprint != knobs_fingerprint(task.space()))
    return unsupported(
        "its target has another space than the tuner's; give both the same settings of the target");
  return {};
}

/// A workload that names a file, with the file of the same name in the worker's folder in its place: a path
/// from a message is never opened. That it is the same file its identity says.
Result<Workload> with_own_file(Workload workload, const std::string& folder) {
  if (workload.op != Operator::external) return workload;
  const std::string file = workload.source.substr(workload.source.rfind('/') + 1);
  if (file.empty() || file == "." || file == "..") return corrupt("the workload of a task names no file");
  if (folder.empty())
    return unsupported(
        fmt::format("the workload is a file, {}; put it into a folder on the worker's machine and "
                    "name that to tamis-worker (--folder DIR)",
                    file));
  workload.source = folder + "/" + file;
  return workload;
}

}  // namespace

Bench* Workbench::find(const std::string& digest) {
  const auto found = std::find_if(benches_.begin(), benches_.end(),
                                  [&](const auto& bench) { return bench->digest == digest; });
  if (found == benches_.end()) return nullptr;
  std::rotate(found, found + 1, benches_.end());
  return use(benches_.back().get());
}

Result<Bench*> Workbench::make(const std::string& digest, const TaskRecord& record) {
  if (record.protocol != kProtocolVersion)
    return unsupported(
        fmt::format("it speaks protocol version {} and the tuner {}; use programs of one release",
                    kProtocolVersion, record.protocol));
  auto bench = std::make_unique<Bench>();
  bench->digest = digest;
  TAMIS_ASSIGN(const Workload workload, with_own_file(record.workload, worker_.folder));
  TAMIS_ASSIGN(bench->task, bind_task(target_, workload));
  TAMIS_TRY(check_record(record, *bench->task));
  MeasureOptions options = record.options;
  options.worker_path = worker_.worker_path;
  options.only_build = worker_.role == FleetRole::build;
  GuardOptions guard;
  guard.device = device_;
  guard.slot = static_cast<size_t>(worker_.slot);
  guard.quarantines = true;  // there are others
  if (target_->traits().needs_isolation && !options.only_build) {
    guard.retry = options.retry;
    guard.recovery.canary = options.recovery.canary;
    guard.recovery.reset_command = worker_.reset_command;
    guard.recovery.reset_deadline = worker_.reset_deadline;
  }
  options.recovery = {};
  options.retry = {};
  if (current_ != nullptr) current_->guard->rest();
  current_ = nullptr;
  TAMIS_ASSIGN(auto links, make_device_links(bench->task, options, {worker_.slot, 1}));
  bench->guard = std::make_unique<DeviceGuard>(std::move(guard), std::move(links.front()));
  if (benches_.size() == kMost) benches_.erase(benches_.begin());
  benches_.push_back(std::move(bench));
  return use(benches_.back().get());
}

Bench* Workbench::use(Bench* bench) {
  if (current_ != nullptr && current_ != bench) current_->guard->rest();
  current_ = bench;
  return bench;
}

void Workbench::clear() {
  current_ = nullptr;
  benches_.clear();
}

}  // namespace tamis::fleet
