#include "targets/cpu/schedule/kernel.h"

#include <iterator>

namespace tamis::cpu {
namespace {

/// Appends the nests of a program of another phase, which has the same arguments.
void append(Program& program, Program phase) {
  for (Buffer& buffer : phase.buffers)
    if (buffer.storage != Storage::argument) program.buffers.push_back(std::move(buffer));
  program.nests.insert(program.nests.end(), std::make_move_iterator(phase.nests.begin()),
                       std::make_move_iterator(phase.nests.end()));
}

}  // namespace

Kernel schedule_transposed(const Workload& workload, const ScheduleChoices& choices, Trace* trace) {
  const std::vector<Convolution> phases = phases_of(workload);
  Kernel kernel = schedule_direct(phases.front(), choices, trace);
  for (size_t i = 1; i < phases.size(); ++i) {
    Kernel phase = schedule_direct(phases[i], choices, trace);
    append(kernel.run, std::move(phase.run));
    append(*kernel.prepare, std::move(*phase.prepare));
  }
  return kernel;
}

}  // namespace tamis::cpu
