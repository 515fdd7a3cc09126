#include "targets/cpu/loop/transform.h"

#include <algorithm>

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

}  // namespace tamis::cpu
