#include "network/kernels/generators.h"
#include "network/kernels/movement.h"
#include "network/kernels/rows.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <array>
#include <numeric>
#include <utility>

namespace tamis::network {
namespace {

constexpr auto kWhole = loop::Element::int64;

/// The IR's comparisons of integers are of signed ones.
Status check_ordered(const Call& call, const Operand& operand) {
  if (operand.element != loop::Element::uint8 && operand.element != loop::Element::boolean) return {};
  return without_generator(call, call.node().type + " of " + loop::to_string(operand.element));
}

loop::Value both(const loop::Value& a, const loop::Value& b) { return loop::Value::of(Kind::minimum, a, b); }
loop::Value either(const loop::Value& a, const loop::Value& b) {
  return loop::Value::of(Kind::maximum, a, b);
}
loop::Value equals(const loop::Value& a, const loop::Value& b) { return loop::Value::of(Kind::equal, a, b); }

/// Whether a comes before b in ascending order, in which what is no number is last.
loop::Value is_below(const loop::Value& a, const loop::Value& b) {
  if (a->element != loop::Element::float32) return less(a, b);
  return either(less(a, b), both(is_number(a), negated(is_number(b))));
}

// ArgMax and ArgMin

/// The place of the first or last element that is the best. What is no number wins: the first such element,
/// or where the last index is wanted the first element alone, as in onnxruntime.
Status arg(const Call& call, KernelBuilder& builder) {
  const bool least = call.node().type == "ArgMin";
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_TRY(check_ordered(call, x));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape.size(), 0));
  TAMIS_ASSIGN(const int64_t takes_last, call.integer("select_last_index", 0));
  if (y.elements() == 0) return {};
  const bool keeps = y.shape.size() == x.shape.size();
  // The operands are x, the place along the axis, and y.
  Space space{{}, {0, 0, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i) {
    const int64_t y_step = i == axis ? 0 : y.steps[keeps || i < axis ? i : i - 1];
    space.axes.push_back({x.shape[i], {x.steps[i], i == axis ? 1 : 0, y_step}, i == axis});
  }
  const bool is_float = x.element == loop::Element::float32;
  // The least integers of both types, or nearly so; others that small do not come first.
  const double least_whole = x.element == loop::Element::int32 ? 2147483647.0 : 9223372036854774784.0;
  const double endless = is_float ? std::numeric_limits<double>::infinity() : least_whole;
  const double beyond = static_cast<double>(x.shape[axis]);
  const loop::Value worst = loop::Value::constant(least ? endless : -endless, x.element);
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const auto element = [&](std::span<const loop::Affine> at) { return load_of(x, at[0]); };
    const loop::Value best = rows.keep(rows.reduce(worst, least ? minimum : maximum, element));
    const loop::Value none = loop::Value::constant(takes_last != 0 ? -1 : beyond, kWhole);
    loop::Value found =
        rows.reduce(none, takes_last != 0 ? maximum : minimum, [&](std::span<const loop::Affine> at) {
          return loop::Value::select(equals(element(at), best), loop::Value::position(at[1]), none);
        });
    const loop::Value zero = loop::Value::constant(0, kWhole);
    if (!is_float) return rows.store(2, y.buffer, [&](std::span<const loop::Affine>) { return found; });
    if (takes_last != 0)
      return rows.store(2, y.buffer, [&](std::span<const loop::Affine> at) {
        return loop::Value::select(is_number(element(at)), maximum(found, zero), zero);
      });
    const loop::Value no_number = rows.reduce(none, minimum, [&](std::span<const loop::Affine> at) {
      return loop::Value::select(is_number(element(at)), none, loop::Value::position(at[1]));
    });
    rows.store(2, y.buffer, [&](std::span<const loop::Affine>) {
      return loop::Value::select(equals(no_number, none), found, no_number);
    });
  });
  return {};
}

// TopK

/// Where each element comes among those of its row, as a float32, in the workspace that is returned.
std::string ranks_of(KernelBuilder& builder, const Operand& x, size_t axis, bool largest) {
  std::string ranks = builder.workspace(x.elements());
  // The operands are an element and its place along the axis, another one of its row and its place, the rank.
  Space space{{}, {0, 0, 0, 0, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i)
    if (i != axis) space.axes.push_back({x.shape[i], {x.steps[i], 0, x.steps[i], 0, x.steps[i]}});
  space.axes.push_back({x.shape[axis], {x.steps[axis], 1, 0, 0, x.steps[axis]}});
  space.axes.push_back({x.shape[axis], {0, 0, x.steps[axis], 1, 0}, true});
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    loop::Value before = sum_of_row(rows, [&](std::span<const loop::Affine> at) {
      const loop::Value own = load_of(x, at[0]);
      const loop::Value other = load_of(x, at[2]);
      const loop::Value wins = largest ? is_below(own, other) : is_below(other, own);
      const loop::Value loses = largest ? is_below(other, own) : is_below(own, other);
      const loop::Value earlier = less(loop::Value::position(at[3]), loop::Value::position(at[1]));
      return loop::Value::convert(either(wins, both(earlier, negated(loses))), loop::Element::float32);
    });
    rows.store(4, ranks, [&](std::span<const loop::Affine>) { return before; });
  });
  return ranks;
}

/// All elements of each row in order, of which the first are copied.
Status top_k(const Call& call, KernelBuilder& builder) {
  constexpr int64_t kMostExact = int64_t{1} << 24;
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_TRY(check_ordered(call, x));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, x.shape.size(), -1));
  TAMIS_ASSIGN(const int64_t largest, call.integer("largest", 1));
  if (x.elements() == 0) return {};
  if (x.shape[axis] > kMostExact) return without_generator(call, "TopK of so many elements");
  std::string ranks;
  for (size_t output = 0; output < 2; ++output) {
    if (!builder.wants(call, output)) continue;
    TAMIS_ASSIGN(const Operand y, builder.output(call, output));
    if (y.elements() == 0) continue;
    if (ranks.empty()) ranks = ranks_of(builder, x, axis, largest != 0);
    const std::string sorted = builder.workspace(x.elements(), y.element);
    Space all{{}, {0, 0, 0}};
    Space first{{}, {0, 0}};
    for (size_t i = 0; i < x.shape.size(); ++i) {
      all.axes.push_back({x.shape[i], {x.steps[i], i == axis ? 0 : x.steps[i], i == axis ? 1 : 0}});
      first.axes.push_back({y.shape[i], {y.steps[i], x.steps[i]}});
    }
    builder.add(scatter_nest(
        all, sorted,
        [&](std::span<const loop::Affine> at) {
          const loop::Value rank = loop::Value::convert(loop::Value::load({ranks, {at[0]}}), kWhole);
          const loop::Value step = loop::Value::constant(static_cast<double>(x.steps[axis]), kWhole);
          return Scattered{rank * step + loop::Value::position(at[1]),
                           output == 0 ? load_of(x, at[0]) : loop::Value::position(at[2])};
        },
        builder.shape().lanes));
    builder.add(store_everywhere(
        first, y.buffer,
        [&](std::span<const loop::Affine> at) {
          return loop::Value::load({sorted, {at[1]}}, y.element);
        },
        builder.shape()));
  }
  return {};
}

// CumSum

/// Each sum is made of the one before, which the output holds.
Status cum_sum(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  if (loop::bytes(x.element) == 1) return without_generator(call, "CumSum of " + loop::to_string(x.element));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const auto given, one_integer(call, 1));
  if (!given) return without_generator(call, "CumSum along an axis that is not known");
  TAMIS_ASSIGN(const size_t axis, call.axis(*given, x.shape.size()));
  TAMIS_ASSIGN(const int64_t exclusive, call.integer("exclusive", 0));
  TAMIS_ASSIGN(const int64_t reverse, call.integer("reverse", 0));
  if (y.elements() == 0) return {};
  const int64_t size = x.shape[axis];
  const int64_t first = reverse != 0 ? size - 1 : 0;
  const int64_t forwards = reverse != 0 ? -1 : 1;
  Space space{{}, {first * y.steps[axis], first * x.steps[axis]}};
  for (size_t i = 0; i < x.shape.size(); ++i)
    if (i != axis) space.axes.push_back({x.shape[i], {y.steps[i], x.steps[i]}});
  builder.add(store_everywhere(
      space, y.buffer,
      [&](std::span<const loop::Affine> at) {
        return exclusive != 0 ? loop::Value::constant(0, x.element) : load_of(x, at[1]);
      },
      builder.shape()));
  if (size == 1) return {};
  loop::Nest nest;
  nest.loops.push_back({"next", size - 1});
  const loop::Affine next = forwards * (loop::Affine::variable("next") + loop::Affine(1));
  // An exclusive sum adds the element before.
  const loop::Affine added = exclusive != 0 ? next - loop::Affine(forwards) : next;
  const std::vector<loop::Affine> origin{y.steps[axis] * next, x.steps[axis] * added};
  nest.body.emplace_back(store_inside(
      space, origin, y.buffer,
      [&](std::span<const loop::Affine> at) {
        return load_of(y, at[0] - loop::Affine(forwards * y.steps[axis])) + load_of(x, at[1]);
      },
      builder.shape().lanes, true));
  builder.add(std::move(nest));
  return {};
}

// OneHot, Range and Trilu: where an element is decides what it is.

Status one_hot(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand indices, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand values, builder.input(call, 2));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const size_t axis, axis_attribute(call, y.shape.size(), -1));
  if (y.elements() == 0) return {};
  Space space{{}, {0, 0, 0}};
  for (size_t i = 0; i < y.shape.size(); ++i)
    space.axes.push_back(
        {y.shape[i], {y.steps[i], i == axis ? 0 : indices.steps[i < axis ? i : i - 1], i == axis ? 1 : 0}});
  const bool is_float = indices.element == loop::Element::float32;
  const auto depth = static_cast<double>(y.shape[axis]);
  builder.add(store_everywhere(
      space, y.buffer,
      [&](std::span<const loop::Affine> at) {
        loop::Value index = load_of(indices, at[1]);
        loop::Value place = loop::Value::position(at[2]);
        if (is_float) {
          place = loop::Value::convert(place, loop::Element::float32);
        } else {
          index = loop::Value::convert(index, kWhole);
        }
        const loop::Value on = either(equals(index, place), equals(index + number_like(index, depth), place));
        return loop::Value::select(on, load_of(values, loop::Affine(values.steps[0])),
                                   load_of(values, loop::Affine(0)));
      },
      builder.shape()));
  return {};
}

/// The lower or upper triangle of matrices, zeros beyond.
Status trilu(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  TAMIS_ASSIGN(const int64_t upper, call.integer("upper", 1));
  double shift = 0;
  if (call.optional_input(1) != nullptr) {
    TAMIS_ASSIGN(const auto given, one_integer(call, 1));
    if (!given) return without_generator(call, "Trilu of a diagonal that is not known");
    shift = static_cast<double>(*given);
  }
  if (y.elements() == 0) return {};
  const size_t rank = x.shape.size();
  Space space{{}, {0, 0, 0}};  // the last operand is how far right of the diagonal an element lies
  for (size_t i = 0; i < rank; ++i)
    space.axes.push_back({x.shape[i], {y.steps[i], x.steps[i], i + 2 == rank ? -1 : i + 1 == rank ? 1 : 0}});
  builder.add(store_everywhere(
      space, y.buffer,
      [&](std::span<const loop::Affine> at) {
        const loop::Value right = loop::Value::position(at[2]);
        const loop::Value limit = loop::Value::constant(shift, kWhole);
        const Kind order = Kind::less_or_equal;
        const loop::Value stays =
            upper != 0 ? loop::Value::of(order, limit, right) : loop::Value::of(order, right, limit);
        return loop::Value::select(stays, load_of(x, at[1]), loop::Value::constant(0, x.element));
      },
      builder.shape()));
  return {};
}

// Dropout, of which nothing is left outside of training.

Status dropout(const Call& call, KernelBuilder& builder) {
  constexpr int64_t kTrainsByInput = 12;
  if (call.opset() >= kTrainsByInput && call.optional_input(2) != nullptr) {
    const Fact& trains = *call.optional_input(2);
    const bool is_off =
        trains.value && trains.type == ElementType::boolean && !trains.value->values<bool>()[0];
    if (!is_off) return without_generator(call, "Dropout that trains");
  }
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  if (builder.wants(call, 0)) {
    TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
    Space space{{}, {0, 0}};
    for (size_t i = 0; i < x.shape.size(); ++i) space.axes.push_back({x.shape[i], {y.steps[i], x.steps[i]}});
    add_copy(builder, space, y, x);
  }
  if (!builder.wants(call, 1)) return {};
  TAMIS_ASSIGN(const Operand mask, builder.output(call, 1));
  builder.add(store_everywhere(
      {{{mask.elements(), {1}}}, {0}}, mask.buffer,
      [&](std::span<const loop::Affine>) { return loop::Value::constant(1, mask.element); },
      builder.shape()));
  return {};
}

constexpr std::array kSelectionGenerators{
    Generator{"ArgMax", nullptr, arg},     Generator{"ArgMin", nullptr, arg},
    Generator{"CumSum", nullptr, cum_sum}, Generator{"Dropout", nullptr, dropout},
    Generator{"OneHot", nullptr, one_hot}, Generator{"TopK", nullptr, top_k},
    Generator{"Trilu", nullptr, trilu},
};

}  // namespace

std::span<const Generator> selection_generators() { return kSelectionGenerators; }

}  // namespace tamis::network
