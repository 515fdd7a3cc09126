#include "targets/loop/any_schedule.h"

#include "targets/loop/transform.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::loop::testing {
namespace {

Affine variable(const std::string& name) { return Affine::variable(name); }

struct Sizes {
  int64_t y = 1, c = 1, k = 1, i = 1;
};

/// Zeros outside the input are read, or their products left out.
Program definition(const Sizes& size, bool leaves_out_zeros) {
  const Affine row = variable("y") + variable("k") - Affine(1);
  const Conditions inside = {row, Affine(size.y - 1) - row};
  const Value element = Value::load({"input", {row, variable("i")}});
  const Value input = leaves_out_zeros ? element : Value::guarded(inside, element, Value::constant(0));
  Stage stage;
  stage.name = "convolve";
  stage.loops = {{"y", size.y}, {"c", size.c}, {"k", size.k, true}, {"i", size.i, true}};
  stage.tile_depth = 2;
  stage.output = {"output", {variable("y"), variable("c")}};
  stage.initial = Value::constant(0);
  stage.update = Value::multiply_add(
      input, Value::load({"weights", {variable("k"), variable("i"), variable("c")}}), Value::accumulated());
  if (leaves_out_zeros) stage.update_if = inside;
  stage.finish = Value::of(Value::Kind::maximum, Value::accumulated(), Value::constant(0));
  return {"run",
          {{"input", Element::float32, {size.y, size.i}},
           {"weights", Element::float32, {size.k, size.i, size.c}},
           {"output", Element::float32, {size.y, size.c}, Storage::argument, true}},
          {{{}, {stage}}}};
}

class RandomSchedule {
 public:
  explicit RandomSchedule(Random& random) : random_(random) {
    size_ = {between(1, 9), between(1, 12), between(1, 4), between(1, 7)};
    program_ = definition(size_, random.below(2) == 0);
  }

  ScheduleSteps make() {
    note("the definition");
    for (int64_t splits = between(0, 4); splits > 0; --splits) split_one();
    order();
    if (random_.below(3) == 0) peel();
    if (random_.below(3) == 0) read_ahead();
    parallelize();
    make_data();
    return std::move(made_);
  }

 private:
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1)));
  }
  Stage& stage() { return std::get<Stage>(program_.nests.front().body.front()); }
  void note(std::string what) { made_.steps.push_back({std::move(what), program_}); }

  void split_one() {
    const std::string loop = stage().loops[random_.below(stage().loops.size())].name;
    const int64_t factor = between(1, 6);
    split(stage(), loop, factor, loop + "o", loop + "i");
    note(fmt::format("split {} by {}", loop, factor));
  }

  /// Whether some limit depends on the loop.
  bool limits_others(const std::string& loop) {
    for (const Loop& other : stage().loops)
      for (const Affine& limit : other.limits)
        if (limit.factor(loop) != 0) return true;
    return false;
  }

  /// A random order in which limited loops come after those that limit them, a vectorized one at the end.
  void order() {
    std::vector<Loop> rest = stage().loops;
    std::vector<std::string> last;
    random_.shuffle(rest);
    const auto lanes = std::find_if(rest.begin(), rest.end(), [&](const Loop& loop) {
      return !loop.reduction && !limits_others(loop.name);
    });
    if (lanes != rest.end() && random_.below(4) != 0) {
      last.push_back(lanes->name);
      rest.erase(lanes);
    }
    std::vector<std::string> names;
    while (!rest.empty()) {
      const auto next = std::find_if(rest.begin(), rest.end(), [&](const Loop& loop) {
        return std::none_of(rest.begin(), rest.end(), [&](const Loop& other) {
          return std::any_of(loop.limits.begin(), loop.limits.end(),
                             [&](const Affine& limit) { return limit.factor(other.name) != 0; });
        });
      });
      names.push_back(next->name);
      rest.erase(next);
    }
    names.insert(names.end(), last.begin(), last.end());
    reorder(stage(), names);
    for (const std::string& loop : last) vectorize(stage(), loop);
    keep_in_registers(stage(), names[tile_begin()]);
    note(fmt::format("order {}, vectorize {}, registers from {}", fmt::join(names, ", "), fmt::join(last, ""),
                     stage().loops[stage().tile_depth].name));
  }

  /// Somewhere before the vectorized loop; reductions outside must not be limited.
  size_t tile_begin() {
    size_t most = 0;
    const std::vector<Loop>& loops = stage().loops;
    while (most + 1 < loops.size() && !(loops[most].reduction && !loops[most].limits.empty())) ++most;
    return random_.below(most + 1);
  }

  void peel() {
    const Loop& loop = stage().loops[random_.below(stage().loops.size())];
    if (loop.kind == LoopKind::vectorized) return;
    peel_ends(stage(), loop.name);
    note("peel the ends of " + loop.name);
  }

  void read_ahead() {
    loop::read_ahead(stage(), program_.buffers[1]);
    if (stage().read_ahead) note("read ahead in " + stage().read_ahead->inside);
  }

  /// The first loops, of which only the innermost may limit others.
  void parallelize() {
    size_t count = 0;
    const std::vector<Loop>& loops = stage().loops;
    while (count < stage().tile_depth && !loops[count].reduction && loops[count].limits.empty() &&
           (count == 0 || !limits_others(loops[count - 1].name)))
      ++count;
    count = random_.below(count + 1);
    Nest& nest = program_.nests.front();
    hoist(nest, count);
    for (Loop& loop : nest.loops) loop.kind = LoopKind::parallel;
    note(fmt::format("the first {} in parallel", count));
  }

  void make_data() {
    const auto fill = [&](std::vector<double>& numbers, int64_t count) {
      for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(between(-8, 8)));
    };
    fill(made_.input, size_.y * size_.i);
    fill(made_.weights, size_.k * size_.i * size_.c);
    for (int64_t y = 0; y < size_.y; ++y)
      for (int64_t c = 0; c < size_.c; ++c) made_.expected.push_back(std::max(0.0, sum(y, c)));
  }

  double sum(int64_t y, int64_t c) const {
    double sum = 0;
    for (int64_t k = 0; k < size_.k; ++k)
      for (int64_t i = 0; i < size_.i && y + k >= 1 && y + k - 1 < size_.y; ++i)
        sum += made_.input[static_cast<size_t>((y + k - 1) * size_.i + i)] *
               made_.weights[static_cast<size_t>((k * size_.i + i) * size_.c + c)];
    return sum;
  }

  Random& random_;
  Sizes size_;
  Program program_;
  ScheduleSteps made_;
};

}  // namespace

ScheduleSteps any_schedule(Random& random) { return RandomSchedule(random).make(); }

}  // namespace tamis::loop::testing
