#include "cli/emission.h"

#include "base/file.h"
#include "tamis/targets.h"

#include <fmt/format.h>

namespace tamis::cli {
namespace {

Error cannot_emit(const std::string& target_spec) {
  return unsupported(fmt::format(
      "programs of the target {} cannot be deployed as C functions; those of cpu can", target_spec));
}

}  // namespace

bool can_emit(const std::string& target_spec) {
  const Result<const TargetKind*> kind = find_target_kind(target_spec);
  return kind.ok() && (*kind)->emit != nullptr;
}

Status emit_kernel(const Task& task, const Config& config, const EmitOptions& options,
                   const std::string& directory) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(task.target().spec()));
  if (kind->emit == nullptr) return cannot_emit(task.target().spec());
  TAMIS_ASSIGN(const std::vector<EmittedFile> files, kind->emit(task, config, options));
  TAMIS_TRY(make_directories(directory));
  for (const EmittedFile& file : files) TAMIS_TRY(write_file(directory + "/" + file.name, file.content));
  return {};
}

Result<SharedTask> recall_task(const std::string& target_spec, const std::string& identity,
                               const Workload& workload, const Space& space) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(target_spec));
  if (kind->recall == nullptr) return cannot_emit(target_spec);
  TAMIS_ASSIGN(const TaskIdentity parsed, parse_identity(identity));
  return kind->recall(parsed, workload, space);
}

std::string describe_kernel(const std::string& function, const std::string& directory) {
  return fmt::format("wrote {1}/{0}.{{o,h,cmake}} and {1}/{0}_test.c\n", function, directory);
}

}  // namespace tamis::cli
