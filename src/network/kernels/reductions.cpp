#include "network/kernels/generators.h"
#include "network/kernels/rows.h"
#include "network/kernels/values.h"
#include "network/operators/settings.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

/// How a reduction is computed: what is done with each element, with the result so far, and at last.
struct Form {
  std::string_view type;
  double initial = 0;
  loop::Value (*element)(const loop::Value&) = nullptr;
  loop::Value (*combine)(const loop::Value&, const loop::Value&) = nullptr;
  loop::Value (*last)(const loop::Value& result, double count) = nullptr;
};

loop::Value itself(const loop::Value& x) { return x; }
loop::Value square(const loop::Value& x) { return x * x; }
loop::Value size_of(const loop::Value& x) { return loop::Value::of(Kind::magnitude, x); }
loop::Value added(const loop::Value& a, const loop::Value& b) { return a + b; }
loop::Value multiplied(const loop::Value& a, const loop::Value& b) { return a * b; }
/// What is no number stays, wherever it comes.
loop::Value largest(const loop::Value& so_far, const loop::Value& x) {
  return loop::Value::select(is_number(x), maximum(so_far, x), x);
}
loop::Value smallest(const loop::Value& so_far, const loop::Value& x) {
  return loop::Value::select(is_number(x), minimum(so_far, x), x);
}
loop::Value unchanged(const loop::Value& result, double) { return result; }
loop::Value divided(const loop::Value& result, double count) {
  return result * number_like(result, 1 / count);
}
loop::Value root(const loop::Value& result, double) { return square_root(result); }
loop::Value log_of(const loop::Value& result, double) { return logarithm(result); }

constexpr double kEndless = std::numeric_limits<double>::infinity();

constexpr std::array kForms{
    Form{"ReduceL1", 0, size_of, added, unchanged},
    Form{"ReduceL2", 0, square, added, root},
    Form{"ReduceLogSum", 0, itself, added, log_of},
    Form{"ReduceMax", -kEndless, itself, largest, unchanged},
    Form{"ReduceMean", 0, itself, added, divided},
    Form{"ReduceMin", kEndless, itself, smallest, unchanged},
    Form{"ReduceProd", 1, itself, multiplied, unchanged},
    Form{"ReduceSum", 0, itself, added, unchanged},
    Form{"ReduceSumSquare", 0, square, added, unchanged},
    Form{"GlobalAveragePool", 0, itself, added, divided},
    Form{"GlobalMaxPool", -kEndless, itself, maximum, unchanged},
};

const Form& form_of(const Call& call) {
  return *std::find_if(kForms.begin(), kForms.end(),
                       [&](const Form& form) { return form.type == call.node().type; });
}

Result<std::vector<bool>> reduced_axes(const Call& call, size_t rank) {
  std::vector<bool> reduced(rank, true);
  if (call.node().type.starts_with("Global")) {
    std::fill_n(reduced.begin(), std::min<size_t>(2, rank), false);
    return reduced;
  }
  const int64_t axes_are_input = call.node().type == "ReduceSum" ? 13 : 18;
  TAMIS_ASSIGN(const Setting axes, setting(call, "axes", axes_are_input, 1));
  if (axes.is_open()) return without_generator(call, call.node().type + " along axes that are not known");
  TAMIS_ASSIGN(const int64_t none_if_empty, call.integer("noop_with_empty_axes", 0));
  const std::vector<int64_t> given = axes.values.value_or(std::vector<int64_t>());
  if (given.empty()) {
    reduced.assign(rank, none_if_empty == 0);
    return reduced;
  }
  reduced.assign(rank, false);
  for (const int64_t one : given) {
    if (rank == 0) continue;
    TAMIS_ASSIGN(const size_t axis, call.axis(one, rank));
    reduced[axis] = true;
  }
  return reduced;
}

/// The step of an output without the reduced axes, or with a size of 1 for them, along each axis of the
/// input.
std::vector<int64_t> steps_without(const Operand& y, const std::vector<bool>& reduced) {
  std::vector<int64_t> steps(reduced.size(), 0);
  const bool keeps = y.shape.size() == reduced.size();
  size_t next = 0;
  for (size_t i = 0; i < reduced.size(); ++i) {
    const size_t axis = keeps ? i : next;
    if (!reduced[i]) {
      steps[i] = y.steps[axis];
      ++next;
    }
  }
  return steps;
}

/// Errors: unsupported for types other than float32, and int32 and int64 where no fraction can come out.
Status check_reduced(const Call& call, const Form& form, const Operand& x) {
  const bool is_whole = x.element == loop::Element::int32 || x.element == loop::Element::int64;
  if (x.element == loop::Element::float32 || (is_whole && form.last == unchanged && form.element != size_of))
    return {};
  return without_generator(call, call.node().type + " of " + loop::to_string(x.element));
}

/// What a reduction begins with: of integers the least or the greatest stands for what is infinite.
loop::Value initial_of(const Form& form, loop::Element element) {
  if (element == loop::Element::float32 || std::isfinite(form.initial))
    return loop::Value::constant(form.initial, element);
  const double least = element == loop::Element::int32 ? -2147483648.0 : -9223372036854775808.0;
  const double greatest = element == loop::Element::int32 ? 2147483647.0 : 9223372036854774784.0;
  return loop::Value::constant(form.initial < 0 ? least : greatest, element);
}

/// onnxruntime takes NaN for the largest only where it comes first; here it always is.
Status reduce(const Call& call, KernelBuilder& builder) {
  const Form& form = form_of(call);
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_TRY(check_reduced(call, form, x));
  TAMIS_ASSIGN(const std::vector<bool> reduced, reduced_axes(call, x.shape.size()));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  if (x.elements() == 0) return without_generator(call, call.node().type + " of no elements");
  const std::vector<int64_t> y_steps = steps_without(y, reduced);
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i)
    space.axes.push_back({x.shape[i], {x.steps[i], y_steps[i]}, reduced[i]});
  const double count = static_cast<double>(x.elements()) / static_cast<double>(y.elements());
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    // Already squared ones are put together in the end, so the element's function is not part of `combine`.
    const loop::Value result = rows.reduce(
        initial_of(form, x.element), form.combine,
        [&](std::span<const loop::Affine> places) { return form.element(load_of(x, places[0])); });
    rows.store(1, y.buffer, [&](std::span<const loop::Affine>) { return form.last(result, count); });
  });
  return {};
}

/// The largest is taken off the exponents, where it is finite.
Status reduce_log_sum_exp(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  if (x.element != loop::Element::float32)
    return without_generator(call, call.node().type + " of " + loop::to_string(x.element));
  TAMIS_ASSIGN(const std::vector<bool> reduced, reduced_axes(call, x.shape.size()));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  if (x.elements() == 0) return without_generator(call, call.node().type + " of no elements");
  const std::vector<int64_t> y_steps = steps_without(y, reduced);
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < x.shape.size(); ++i)
    space.axes.push_back({x.shape[i], {x.steps[i], y_steps[i]}, reduced[i]});
  Rows::make(builder, space, LanesAlong::whichever_lies_innermost, [&](Rows& rows) {
    const auto element = [&](std::span<const loop::Affine> places) { return load_of(x, places[0]); };
    const loop::Value most = largest_of_row(rows, element);
    const loop::Value size = loop::Value::of(Kind::magnitude, most);
    const loop::Value is_finite = less(size, loop::Value::constant(kEndless));
    const loop::Value shift = rows.keep(loop::Value::select(is_finite, most, loop::Value::constant(0)));
    const loop::Value total = sum_of_row(
        rows, [&](std::span<const loop::Affine> places) { return exponential(element(places) - shift); });
    rows.store(1, y.buffer, [&](std::span<const loop::Affine>) { return logarithm(total) + shift; });
  });
  return {};
}

constexpr auto kReductionGenerators = [] {
  std::array<Generator, kForms.size() + 1> all{};
  for (size_t i = 0; i < kForms.size(); ++i) all[i] = {kForms[i].type, nullptr, reduce};
  all.back() = {"ReduceLogSumExp", nullptr, reduce_log_sum_exp};
  return all;
}();

}  // namespace

std::span<const Generator> reduction_generators() { return kReductionGenerators; }

}  // namespace tamis::network
