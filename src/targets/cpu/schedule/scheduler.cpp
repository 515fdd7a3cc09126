#include "targets/cpu/schedule/scheduler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu {

Scheduler::Scheduler(const Program& program, Stage& stage, Trace* trace)
    : program_(program), stage_(stage), trace_(trace) {
  note("the operator as it is defined");
}

void Scheduler::note(const std::string& what) {
  if (trace_ != nullptr) trace_->steps.push_back({what, to_string(program_)});
}

void Scheduler::split(const std::string& loop, int64_t factor, const std::string& outer,
                      const std::string& inner) {
  cpu::split(stage_, loop, factor, outer, inner);
  note(fmt::format("split {} by {} into {} and {}", loop, factor, outer, inner));
}

void Scheduler::reorder(const std::vector<std::string>& order) {
  cpu::reorder(stage_, order);
  note(fmt::format("reorder the loops: {}", fmt::join(order, ", ")));
}

void Scheduler::unroll(const std::string& loop) {
  cpu::unroll(stage_, loop);
  note(fmt::format("unroll {}", loop));
}

void Scheduler::vectorize(const std::string& loop) {
  cpu::vectorize(stage_, loop);
  note(fmt::format("vectorize {}", loop));
}

void Scheduler::parallelize(const std::string& loop) {
  cpu::parallelize(stage_, loop);
  note(fmt::format("run {} in parallel", loop));
}

void Scheduler::peel_ends(const std::string& loop) {
  cpu::peel_ends(stage_, loop);
  note(fmt::format("peel the first and last iteration of {}", loop));
}

void Scheduler::keep_in_registers(const std::string& loop) {
  cpu::keep_in_registers(stage_, loop);
  note(fmt::format("keep {} in registers from {} on", stage_.output.buffer, loop));
}

void hoist(Nest& nest, size_t loops) {
  Stage& stage = std::get<Stage>(nest.body.front());
  const auto end = stage.loops.begin() + static_cast<ptrdiff_t>(loops);
  nest.loops.insert(nest.loops.end(), stage.loops.begin(), end);
  stage.loops.erase(stage.loops.begin(), end);
  stage.tile_depth -= std::min(stage.tile_depth, loops);
}

}  // namespace tamis::cpu
