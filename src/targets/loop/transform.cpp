#include "targets/loop/transform.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::loop {
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

namespace {

/// Whether the loops on which an index depends lead through elements that lie together.
bool lie_together(std::span<const Loop> loops, const Affine& index) {
  std::vector<std::pair<int64_t, int64_t>> steps;  // factor and extent
  for (const Loop& loop : loops)
    if (index.factor(loop.name) != 0) steps.emplace_back(index.factor(loop.name), loop.extent);
  std::sort(steps.begin(), steps.end());
  int64_t together = 1;
  for (const auto& [factor, extent] : steps) {
    if (factor != together) return false;
    together *= extent;
  }
  return true;
}

Affine number_of_element(const Buffer& buffer, const Access& access) {
  Affine number;
  for (size_t i = 0; i < access.index.size(); ++i) {
    number *= buffer.extents[i];
    number += access.index[i];
  }
  return number;
}

int64_t iterations(std::span<const Loop> loops) {
  int64_t product = 1;
  for (const Loop& loop : loops) product *= loop.extent;
  return product;
}

/// The outermost of the loops around the tile that belongs to the walk through a block; nothing where no
/// block is smaller than the buffer.
std::optional<size_t> begin_of_walk(const Stage& stage, const Affine& index) {
  const auto depends = [&](size_t at) { return index.factor(stage.loops[at].name) != 0; };
  size_t begin = stage.tile_depth;
  while (begin > 0 && (!depends(begin - 1) || !lie_together(std::span(stage.loops).subspan(begin), index)))
    --begin;
  if (begin == 0) return std::nullopt;
  return begin;
}

}  // namespace

void read_ahead(Stage& stage, const Buffer& buffer) {
  std::vector<Access> loads;
  stage.update.collect_loads(loads);
  const auto load = std::find_if(loads.begin(), loads.end(),
                                 [&](const Access& access) { return access.buffer == buffer.name; });
  if (load == loads.end()) return;
  const Affine index = number_of_element(buffer, *load);
  const std::optional<size_t> begin = begin_of_walk(stage, index);
  if (!begin) return;
  const std::span<const Loop> walk = std::span<const Loop>(stage.loops).subspan(*begin);
  Affine block = index;  // its first element
  int64_t size = 1;
  for (const Loop& loop : walk) {
    if (index.factor(loop.name) != 0) size *= loop.extent;
    block = block.substitute(loop.name, 0);
  }
  const int64_t lines = size * bytes(buffer.element) / kCacheLine;
  // In the innermost loop that has no more steps than there are lines; those that are unrolled are one step.
  size_t steps = stage.tile_depth - *begin;
  if (iterations(walk.first(steps)) > lines) return;
  while (steps < walk.size() && walk[steps].reduction && walk[steps].kind == LoopKind::serial &&
         iterations(walk.first(steps + 1)) <= lines)
    ++steps;
  const int64_t share = (lines + iterations(walk.first(steps)) - 1) / iterations(walk.first(steps));
  Affine step;
  for (const Loop& loop : walk.first(steps)) {
    step *= loop.extent;
    step += Affine::variable(loop.name);
  }
  const bool each_tile = *begin + steps == stage.tile_depth;
  stage.read_ahead = {buffer.name, block + Affine(size) + share * kCacheLine / bytes(buffer.element) * step,
                      share, each_tile ? std::string() : walk[steps - 1].name};
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
  loop::split(stage_, loop, factor, outer, inner);
  note(fmt::format("split {} by {} into {} and {}", loop, factor, outer, inner));
}

void Scheduler::reorder(const std::vector<std::string>& order) {
  loop::reorder(stage_, order);
  note(fmt::format("reorder the loops: {}", fmt::join(order, ", ")));
}

void Scheduler::unroll(const std::string& loop) {
  loop::unroll(stage_, loop);
  note(fmt::format("unroll {}", loop));
}

void Scheduler::vectorize(const std::string& loop) {
  loop::vectorize(stage_, loop);
  note(fmt::format("vectorize {}", loop));
}

void Scheduler::parallelize(const std::string& loop) {
  loop::parallelize(stage_, loop);
  note(fmt::format("run {} in parallel", loop));
}

void Scheduler::peel_ends(const std::string& loop) {
  loop::peel_ends(stage_, loop);
  note(fmt::format("peel the first and last iteration of {}", loop));
}

void Scheduler::keep_in_registers(const std::string& loop) {
  loop::keep_in_registers(stage_, loop);
  note(fmt::format("keep {} in registers from {} on", stage_.output.buffer, loop));
}

void hoist(Nest& nest, size_t loops) {
  Stage& stage = std::get<Stage>(nest.body.front());
  const auto end = stage.loops.begin() + static_cast<ptrdiff_t>(loops);
  nest.loops.insert(nest.loops.end(), stage.loops.begin(), end);
  stage.loops.erase(stage.loops.begin(), end);
  stage.tile_depth -= std::min(stage.tile_depth, loops);
}

}  // namespace tamis::loop
