#pragma once

#include "exchange/autotvm.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"
#include "targets/vta/isa/hardware.h"

#include <string>

namespace tamis::vta {

/// What a task of AutoTVM is to tamis: a workload with the space of TVM's template for it.
struct AutotvmTemplate {
  Workload
      workload;  ///< named by its spec; with the usual epilogue, of which AutoTVM's arguments say nothing
  Space space;
};

/// The workload and space of one of TVM 0.9's VTA templates: conv2d_packed.vta, group_conv2d_packed.vta,
/// conv2d_transpose_packed.vta of stride 1, dense_packed.vta (vta/python/vta/top/vta_*.py; their arguments as
/// vta/python/vta/top/op.py and relay/op/strategy hand them on). Errors: unsupported for any other task, and
/// for arguments that the target vta cannot run: unequal paddings, dilation, other types.
Result<AutotvmTemplate> template_of(const AutotvmTask& task);

/// The task of a workload on a device, as TVM 0.9 names it. Errors: unsupported for what TVM has no VTA
/// template for (groups that do not fill blocks, transposed convolutions whose stride splits the space
/// otherwise) and for a space that is not the template's.
Result<AutotvmTask> task_of(const Hardware& hardware, const Workload& workload, const Space& space);

/// The device in an identity of the target vta (Task::identity). Errors: corrupt.
Result<Hardware> hardware_of_identity(const std::string& identity);

/// The device behind `-model=` of a TVM target for VTA, as far as its name tells; the default device's sizes
/// where it has none. Errors: unsupported for a model of another form.
Result<Hardware> hardware_of_target(const std::string& target);

}  // namespace tamis::vta
