#include "measure/measurer.h"

#include "targets/targets.h"

namespace tamis {

Result<std::unique_ptr<Measurer>> make_measurer(const MeasureTask& task, const TargetOptions& target_options,
                                                const MeasureOptions& options) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(task.target->spec()));
  if (kind->needs_isolation(target_options)) return make_worker_measurer(task, target_options, options);
  return make_in_process_measurer(task, options);
}

}  // namespace tamis
