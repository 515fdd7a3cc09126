#include "targets/cpu/loop/transform.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu {
namespace {

auto find_loop(Stage& stage, const std::string& name) {
  return std::find_if(stage.loops.begin(), stage.loops.end(),
                      [&](const Loop& loop) { return loop.name == name; });
}

void set_kind(Stage& stage, const std::string& name, LoopKind kind) {
  const auto loop = find_loop(stage, name);
  if (loop != stage.loops.end()) loop->kind = kind;
}

void substitute(Stage& stage, const std::string& loop, const Affine& by) {
  for (Affine& index : stage.output.index) index = index.substitute(loop, by);
  for (Conditions* conditions : {&stage.update_if, &stage.store_if})
    for (Affine& condition : *conditions) condition = condition.substitute(loop, by);
  for (Value* value : {&stage.initial, &stage.update, &stage.finish}) *value = value->substitute(loop, by);
  for (Loop& other : stage.loops)
    for (Affine& limit : other.limits) limit = limit.substitute(loop, by);
}

}  // namespace

void split(Stage& stage, const std::string& name, int64_t factor, const std::string& outer,
           const std::string& inner) {
  const auto place = find_loop(stage, name);
  if (place == stage.loops.end()) return;
  const Loop whole = *place;
  Loop outer_loop{outer, (whole.extent + factor - 1) / factor, whole.reduction, whole.kind};
  Loop inner_loop{inner, std::min(factor, whole.extent), whole.reduction};
  const Affine before = factor * Affine::variable(outer);
  for (const Affine& limit : whole.limits) inner_loop.limits.push_back(limit - before);
  if (whole.extent % factor != 0) inner_loop.limits.push_back(Affine(whole.extent) - before);
  *place = outer_loop;
  stage.loops.insert(place + 1, inner_loop);
  substitute(stage, name, factor * Affine::variable(outer) + Affine::variable(inner));
}

void reorder(Stage& stage, const std::vector<std::string>& order) {
  const auto rank = [&](const Loop& loop) {
    return std::find(order.begin(), order.end(), loop.name) - order.begin();
  };
  std::stable_sort(stage.loops.begin(), stage.loops.end(),
                   [&](const Loop& a, const Loop& b) { return rank(a) < rank(b); });
}

void unroll(Stage& stage, const std::string& loop) { set_kind(stage, loop, LoopKind::unrolled); }
void vectorize(Stage& stage, const std::string& loop) { set_kind(stage, loop, LoopKind::vectorized); }
void parallelize(Stage& stage, const std::string& loop) { set_kind(stage, loop, LoopKind::parallel); }

void peel_ends(Stage& stage, const std::string& name) {
  const auto loop = find_loop(stage, name);
  if (loop != stage.loops.end()) loop->peel_ends = true;
}

void keep_in_registers(Stage& stage, const std::string& name) {
  const auto from = find_loop(stage, name);
  if (from == stage.loops.end()) return;
  stage.tile_depth = static_cast<size_t>(from - stage.loops.begin());
  for (auto loop = from; loop != stage.loops.end(); ++loop)
    if (!loop->reduction && loop->kind != LoopKind::vectorized) loop->kind = LoopKind::unrolled;
}

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
