#include "targets/loop/statement.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace tamis::loop {
namespace {

using Statements = std::vector<Statement>;

/// What is known of the loops around the place that is being lowered.
struct Context {
  std::map<std::string, int64_t> fixed;  // loops of which one peeled iteration is being lowered
  std::set<std::pair<std::string, size_t>>
      full;  // limits (loop, position) that do not shorten their loops here
};

void substitute(Statements& statements, const std::string& loop, const Affine& value) {
  const auto in_access = [&](Access& access) {
    for (Affine& index : access.index) index = index.substitute(loop, value);
  };
  for (Statement& statement : statements) {
    if (auto* store = std::get_if<Store>(&statement.step)) {
      in_access(store->to);
      store->value = store->value.substitute(loop, value);
      if (store->at) store->at->index = store->at->index.substitute(loop, value);
    } else if (auto* branch = std::get_if<If>(&statement.step)) {
      for (Affine& condition : branch->conditions) condition = condition.substitute(loop, value);
      substitute(branch->then, loop, value);
      substitute(branch->otherwise, loop, value);
    } else if (auto* prefetch = std::get_if<Prefetch>(&statement.step)) {
      prefetch->first = prefetch->first.substitute(loop, value);
    } else if (auto* inner = std::get_if<For>(&statement.step)) {
      substitute(inner->body, loop, value);
    }
  }
}

void append(Statements& to, Statements from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// Lowers one outermost nest.
class Lowering {
 public:
  explicit Lowering(std::vector<Buffer>& buffers) : buffers_(buffers) {}

  Statements lower(const Nest& nest) {
    collect(nest);
    return lower(nest, {});
  }

 private:
  using Inner = std::function<Statements(const Context&)>;

  void collect(const Nest& nest) {
    for (const Loop& loop : nest.loops) collect(loop);
    for (const auto& part : nest.body) {
      if (const Nest* inner = std::get_if<Nest>(&part)) {
        collect(*inner);
      } else if (const Stage* stage = std::get_if<Stage>(&part)) {
        for (const Loop& loop : stage->loops) collect(loop);
      }
    }
  }

  void collect(const Loop& loop) {
    extents_[loop.name] = loop.extent;
    if (!loop.limits.empty()) limited_.push_back(&loop);
  }

  /// The least value of a limit at one iteration of `loop`, over all loops that are not fixed.
  int64_t least_limit(const Affine& limit, const std::string& loop, int64_t iteration,
                      const Context& context) const {
    int64_t least = limit.constant();
    for (const Affine::Term& term : limit.terms()) {
      int64_t at = term.factor < 0 ? extents_.at(term.loop) - 1 : 0;
      if (const auto fixed = context.fixed.find(term.loop); fixed != context.fixed.end()) at = fixed->second;
      if (term.loop == loop) at = iteration;
      least += term.factor * at;
    }
    return least;
  }

  /// From which iteration of `loop` on some loop that it limits has less to do.
  int64_t first_short(const Loop& loop, int64_t extent, const Context& context) const {
    int64_t first = extent;
    for (const Loop* inner : limited_)
      for (size_t i = 0; i < inner->limits.size(); ++i) {
        const Affine& limit = inner->limits[i];
        if (context.full.count({inner->name, i}) != 0 || limit.factor(loop.name) == 0) continue;
        while (first > 0 && least_limit(limit, loop.name, first - 1, context) < inner->extent) --first;
      }
    return first;
  }

  static int64_t extent_in(const Loop& loop, const Context& context) {
    int64_t extent = loop.extent;
    for (size_t i = 0; i < loop.limits.size(); ++i) {
      if (context.full.count({loop.name, i}) != 0) continue;
      Affine here = loop.limits[i];
      for (const auto& [name, value] : context.fixed) here = here.substitute(name, value);
      extent = std::min(extent, here.constant());
    }
    return std::max<int64_t>(extent, 0);
  }

  Statements lower(const Loop& loop, const Context& context, const Inner& inner) const {
    const int64_t extent = extent_in(loop, context);
    if (extent == 0) return {};
    const bool ends = loop.peel_ends && loop.kind != LoopKind::parallel;
    const int64_t whole = std::min(first_short(loop, extent, context), ends ? extent - 1 : extent);
    const int64_t front = ends && whole > 0 ? 1 : 0;
    Statements before = lower_each(loop, 0, front, context, inner);
    Statements main = whole > front ? inner(without_limits_by(loop, context)) : Statements{};
    if (loop.kind == LoopKind::parallel)
      return lower_parallel(loop, extent, whole, std::move(main), context, inner);
    if (front > 0) substitute(main, loop.name, Affine::variable(loop.name) + Affine(front));
    if (!main.empty()) before.push_back({For{loop.name, whole - front, loop.kind, std::move(main)}});
    append(before, lower_each(loop, whole, extent, context, inner));
    return before;
  }

  /// What is known where a loop limits no other.
  Context without_limits_by(const Loop& loop, Context context) const {
    for (const Loop* other : limited_)
      for (size_t i = 0; i < other->limits.size(); ++i)
        if (other->limits[i].factor(loop.name) != 0) context.full.insert({other->name, i});
    return context;
  }

  /// One iteration of a loop by itself.
  static Statements lower_one(const Loop& loop, int64_t iteration, Context context, const Inner& inner) {
    context.fixed[loop.name] = iteration;
    Statements statements = inner(context);
    substitute(statements, loop.name, iteration);
    return statements;
  }

  static Statements lower_each(const Loop& loop, int64_t begin, int64_t end, const Context& context,
                               const Inner& inner) {
    Statements all;
    for (int64_t i = begin; i < end; ++i) append(all, lower_one(loop, i, context, inner));
    return all;
  }

  /// A parallel loop stays one loop, so that all its iterations are shared out together.
  static Statements lower_parallel(const Loop& loop, int64_t extent, int64_t whole, Statements body,
                                   const Context& context, const Inner& inner) {
    for (int64_t i = whole; i < extent; ++i) {
      Statements one = lower_one(loop, i, context, inner);
      if (i == 0) {
        body = std::move(one);
      } else {
        body = {{If{{Affine::variable(loop.name) - Affine(i)}, std::move(one), std::move(body)}}};
      }
    }
    return {{For{loop.name, extent, LoopKind::parallel, std::move(body)}}};
  }

  Statements lower(std::span<const Loop> loops, const Context& context, const Inner& inner) const {
    if (loops.empty()) return inner(context);
    return lower(loops.front(), context,
                 [&](const Context& at) { return lower(loops.subspan(1), at, inner); });
  }

  Statements lower(const Nest& nest, const Context& context) {
    return lower(nest.loops, context, [&](const Context& at) {
      Statements body;
      for (const auto& part : nest.body)
        append(body, std::visit([&](const auto& inner) { return lower(inner, at); }, part));
      return body;
    });
  }

  static Statements lower(const Barrier& barrier, const Context&) { return {{barrier}}; }

  static Statements store(const Stage& stage, const Value& value) {
    const auto of = [&](const Value& what) {
      return Statements{{Store{stage.output, what, stage.store_at, stage.name, stage.asynchronous}}};
    };
    Statements stored = of(value);
    // As a statement, a condition can be moved out of the loops that it does not depend on.
    if (value->kind == Value::Kind::guarded)
      stored = {{If{value->conditions, of(value->operands[0]), of(value->operands[1])}}};
    if (stage.store_if.empty()) return stored;
    return {{If{stage.store_if, std::move(stored), {}}}};
  }

  Statements lower(const Stage& stage, const Context& context) {
    if (!stage.reduces())
      return lower(stage.loops, context, [&](const Context&) { return store(stage, stage.finish); });
    const Tile tile = make_tile(stage);
    return lower(std::span(stage.loops).first(stage.tile_depth), context,
                 [&](const Context& at) { return lower_tile(stage, tile, at); });
  }

  /// The part of a stage's output that lies in registers.
  struct Tile {
    std::vector<Loop> loops;
    Access access;
    Conditions first;  // holds in the first iteration of the reductions outside the tile
    Conditions last;
  };

  Tile make_tile(const Stage& stage) {
    Tile tile;
    Buffer buffer{stage.name + "_tile", stage.update->element, {}, Storage::registers};
    for (size_t i = 0; i < stage.loops.size(); ++i) {
      const Loop& loop = stage.loops[i];
      if (i < stage.tile_depth && loop.reduction) {
        tile.first.push_back(-1 * Affine::variable(loop.name));
        tile.last.push_back(Affine::variable(loop.name) - Affine(loop.extent - 1));
      }
      if (i < stage.tile_depth || loop.reduction) continue;
      tile.loops.push_back(loop);
      buffer.extents.push_back(loop.extent);
    }
    // The vectorized loop is innermost, so that its lanes lie side by side.
    const auto vectorized = [](const Loop& loop) { return loop.kind == LoopKind::vectorized; };
    std::stable_partition(tile.loops.begin(), tile.loops.end(), std::not_fn(vectorized));
    std::transform(tile.loops.begin(), tile.loops.end(), buffer.extents.begin(),
                   [](const Loop& loop) { return loop.extent; });
    for (const Loop& loop : tile.loops) tile.access.index.push_back(Affine::variable(loop.name));
    if (buffer.extents.empty()) {
      buffer.extents.push_back(1);
      tile.access.index.emplace_back(0);
    }
    tile.access.buffer = buffer.name;
    if (std::none_of(buffers_.begin(), buffers_.end(),
                     [&](const Buffer& b) { return b.name == buffer.name; }))
      buffers_.push_back(std::move(buffer));
    return tile;
  }

  Statements lower_tile(const Stage& stage, const Tile& tile, const Context& context) const {
    const Value kept = Value::load(tile.access, stage.update->element);
    const auto set = [&](const Value& value) {
      return lower(tile.loops, context, [&](const Context&) {
        return Statements{{Store{tile.access, value}}};
      });
    };
    const auto finish = [&](const Value& value) {
      return lower(tile.loops, context, [&](const Context&) { return store(stage, value); });
    };
    Statements result = choose(tile.first, set(stage.initial),
                               [&] { return set(Value::load(stage.output, stage.update->element)); });
    append(result, lower_update(stage, stage.update.replace_accumulated(kept), tile, context));
    append(result,
           choose(tile.last, finish(stage.finish.replace_accumulated(kept)), [&] { return finish(kept); }));
    return result;
  }

  Statements lower_update(const Stage& stage, const Value& sum, const Tile& tile,
                          const Context& context) const {
    const std::vector<Loop> loops = loops_of_update(stage, tile, context);
    const auto outside = static_cast<size_t>(find_read_ahead(stage, loops) - loops.begin());
    return lower(std::span(loops).first(outside), context, [&](const Context& at) {
      Statements step;
      if (stage.read_ahead)
        step.push_back(
            {Prefetch{stage.read_ahead->buffer, stage.read_ahead->first, stage.read_ahead->lines}});
      append(step, lower(std::span(loops).subspan(outside), at, [&](const Context&) {
               Statements update{{Store{tile.access, sum}}};
               if (stage.update_if.empty()) return update;
               return Statements{{If{stage.update_if, std::move(update), {}}}};
             }));
      return step;
    });
  }

  /// The first of the loops that lie inside the one in which the stage reads ahead.
  static std::vector<Loop>::const_iterator find_read_ahead(const Stage& stage,
                                                           const std::vector<Loop>& loops) {
    if (!stage.read_ahead || stage.read_ahead->inside.empty()) return loops.begin();
    const auto found = std::find_if(loops.begin(), loops.end(),
                                    [&](const Loop& loop) { return loop.name == stage.read_ahead->inside; });
    return found == loops.end() ? loops.begin() : found + 1;
  }

  /// The loops inside a tile. The peeled end of a larger loop is a smaller tile that runs rarely, so its
  /// reductions are not unrolled: the code, and the time to compile it, stay near those of the whole tile.
  static std::vector<Loop> loops_of_update(const Stage& stage, const Tile& tile, const Context& context) {
    std::vector<Loop> loops(stage.loops.begin() + static_cast<ptrdiff_t>(stage.tile_depth),
                            stage.loops.end());
    const bool whole = std::all_of(tile.loops.begin(), tile.loops.end(),
                                   [&](const Loop& loop) { return extent_in(loop, context) == loop.extent; });
    for (Loop& loop : loops)
      if (!whole && loop.reduction && loop.kind == LoopKind::unrolled) loop.kind = LoopKind::serial;
    return loops;
  }

  static Statements choose(const Conditions& conditions, Statements then,
                           const std::function<Statements()>& otherwise) {
    if (conditions.empty()) return then;
    return {{If{conditions, std::move(then), otherwise()}}};
  }

  std::vector<Buffer>& buffers_;
  std::map<std::string, int64_t> extents_;
  std::vector<const Loop*> limited_;  // of the nest, which outlives the lowering
};

}  // namespace

namespace {

bool uses_gpu(const Statements& statements) {
  return std::any_of(statements.begin(), statements.end(), [](const Statement& statement) {
    if (std::holds_alternative<Barrier>(statement.step)) return true;
    if (const auto* loop = std::get_if<For>(&statement.step))
      return is_group(loop->kind) || is_item(loop->kind) || uses_gpu(loop->body);
    if (const auto* branch = std::get_if<If>(&statement.step))
      return uses_gpu(branch->then) || uses_gpu(branch->otherwise);
    return false;
  });
}

}  // namespace

bool is_for_gpu(const LoweredProgram& program) {
  return std::any_of(program.buffers.begin(), program.buffers.end(),
                     [](const Buffer& buffer) { return buffer.storage == Storage::shared; }) ||
         std::any_of(program.nests.begin(), program.nests.end(), uses_gpu);
}

const Buffer* LoweredProgram::find(const std::string& buffer) const {
  for (const Buffer& candidate : buffers)
    if (candidate.name == buffer) return &candidate;
  return nullptr;
}

LoweredProgram lower(const Program& program) {
  LoweredProgram lowered{program.name, program.buffers, {}};
  for (const Nest& nest : program.nests) lowered.nests.push_back(Lowering(lowered.buffers).lower(nest));
  simplify(lowered);
  return lowered;
}

}  // namespace tamis::loop
