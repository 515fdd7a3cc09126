#pragma once

#include "tamis/emission.h"
#include "tamis/result.h"
#include "tamis/task.h"
#include "targets/gpu/gpu_device.h"
#include "targets/gpu/gpu_task.h"

#include <memory>
#include <vector>

namespace tamis::gpu {

/// The facts of a workload of a built-in operator on a device, but for the identity. Errors: unsupported, for
/// what there is no schedule of.
Result<TaskFacts> operator_facts(const Workload& workload, const DeviceFacts& device);

/// A task whose configs are schedules of a built-in operator; its output is compared with the workload's
/// reference result.
std::unique_ptr<Task> make_operator_task(TaskFacts facts, Language language,
                                         std::shared_ptr<SharedRuntime> runtime);

/// The source of a config of such a task, for `tamis program`, in OpenCL C, and behind it its arguments,
/// launches and compiler options as JSON, so that a program of one's own can run it. Errors: unsupported for
/// a kernel file, whose source is the user's, and for stages and steps, which it has none of.
Result<std::vector<ProgramText>> print_opencl_program(const Task& task, const Config& config,
                                                      const PrintOptions& options);
/// The same in CUDA C++.
Result<std::vector<ProgramText>> print_cuda_program(const Task& task, const Config& config,
                                                    const PrintOptions& options);

}  // namespace tamis::gpu
