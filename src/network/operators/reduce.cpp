#include "network/operators/broadcast.h"
#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace tamis::network {
namespace {

__extension__ using UnsignedWide = unsigned __int128;

/// What becomes of integers that do not fit their type.
enum class Overflow {
  holds,  ///< the nearest that fits, as onnxruntime has it
  wraps,  ///< the lowest bits, as in compiled code, whose lanes are of the type
};

/// An operator that makes one number of all along some axes.
struct Reduction {
  Signature signature;
  double (*of_fractions)(std::span<const double>) = nullptr;
  Wide (*of_integers)(std::span<const Wide>, ElementType) = nullptr;
  Overflow overflow = Overflow::holds;
  int64_t axes_are_input = 18;  ///< the first opset in which axes are an input
};

/// The first and all that go before it by `before`; NaN only where it is the first, as onnxruntime has it.
double extreme(std::span<const double> all, double otherwise, bool (*before)(double, double)) {
  if (all.empty()) return otherwise;
  double best = all[0];
  for (const double x : all) best = before(x, best) ? x : best;
  return best;
}

double sum_of(std::span<const double> all) {
  double total = 0;
  for (const double x : all) total += x;
  return total;
}

double sum_of_squares(std::span<const double> all) {
  double total = 0;
  for (const double x : all) total += x * x;
  return total;
}

double sum_of_magnitudes(std::span<const double> all) {
  double total = 0;
  for (const double x : all) total += std::fabs(x);
  return total;
}

double product_of(std::span<const double> all) {
  double total = 1;
  for (const double x : all) total *= x;
  return total;
}

/// 0 of none, as onnxruntime has it.
double mean_of(std::span<const double> all) {
  return all.empty() ? 0 : sum_of(all) / static_cast<double>(all.size());
}

double largest_of(std::span<const double> all) {
  return extreme(all, -std::numeric_limits<double>::infinity(),
                 [](double x, double best) { return x > best; });
}

double smallest_of(std::span<const double> all) {
  return extreme(all, std::numeric_limits<double>::infinity(),
                 [](double x, double best) { return x < best; });
}

/// What exponents are shifted by so that they do not overflow.
double log_sum_exp(std::span<const double> all) {
  const double most = largest_of(all);
  const double shift = std::isfinite(most) ? most : 0;
  double total = 0;
  for (const double x : all) total += std::exp(x - shift);
  return std::log(total) + shift;
}

// Of integers. What overflows even Wide stays at its end, which is beyond that of every type.

constexpr Wide kWidest = static_cast<Wide>(~UnsignedWide{0} >> 1);

Wide saturating_sum(Wide a, Wide b) {
  Wide total = 0;
  return __builtin_add_overflow(a, b, &total) ? (a < 0 ? -kWidest : kWidest) : total;
}

Wide wide_sum(std::span<const Wide> all, ElementType) {
  Wide total = 0;
  for (const Wide x : all) total = saturating_sum(total, x);
  return total;
}

Wide wide_sum_of_squares(std::span<const Wide> all, ElementType) {
  Wide total = 0;
  for (const Wide x : all) total += low_product(x, x);
  return total;
}

Wide wide_sum_of_magnitudes(std::span<const Wide> all, ElementType) {
  Wide total = 0;
  for (const Wide x : all) total = saturating_sum(total, x < 0 ? -x : x);
  return total;
}

Wide wide_product(std::span<const Wide> all, ElementType) {
  Wide total = 1;
  for (const Wide x : all) total = low_product(total, x);
  return total;
}

Wide wide_mean(std::span<const Wide> all, ElementType type) {
  return all.empty() ? 0 : wide_sum(all, type) / static_cast<Wide>(all.size());
}

Wide wide_largest(std::span<const Wide> all, ElementType type) {
  return all.empty() ? least(type) : *std::max_element(all.begin(), all.end());
}

Wide wide_smallest(std::span<const Wide> all, ElementType type) {
  return all.empty() ? largest(type) : *std::min_element(all.begin(), all.end());
}

/// The whole part of a square root below 2^64.
Wide whole_root(UnsignedWide square) {
  UnsignedWide root = 0;
  for (UnsignedWide bit = UnsignedWide{1} << 63; bit != 0; bit >>= 1)
    if ((root | bit) * (root | bit) <= square) root |= bit;
  return static_cast<Wide>(root);
}

Wide wide_norm(std::span<const Wide> all, ElementType) {
  UnsignedWide total = 0;
  for (const Wide x : all) {
    const auto magnitude = static_cast<UnsignedWide>(x < 0 ? -x : x);
    if (__builtin_add_overflow(total, magnitude * magnitude, &total)) total = ~UnsignedWide{0};
  }
  return whole_root(total);
}

Wide wide_log_sum(std::span<const Wide> all, ElementType type) {
  return truncated(std::log(static_cast<double>(wide_sum(all, type))), type);
}

/// Cut to an integer: the largest and, in double, what the others add to it. onnxruntime 1.31 takes only
/// those that equal the largest.
Wide wide_log_sum_exp(std::span<const Wide> all, ElementType type) {
  if (all.empty()) return least(type);
  const Wide most = wide_largest(all, type);
  double total = 0;
  for (const Wide x : all) total += std::exp(static_cast<double>(x - most));
  const double added = std::log(total);
  const Wide down = most + static_cast<Wide>(std::floor(added));
  return down >= 0 ? down : most + static_cast<Wide>(std::ceil(added));
}

constexpr std::array kReductions{
    Reduction{{"ReduceL1", 7, kNumbers, 1, 2}, sum_of_magnitudes, wide_sum_of_magnitudes},
    Reduction{{"ReduceL2", 7, kNumbers, 1, 2},
              [](std::span<const double> all) { return std::sqrt(sum_of_squares(all)); },
              wide_norm},
    Reduction{{"ReduceLogSum", 7, kNumbers, 1, 2},
              [](std::span<const double> all) { return std::log(sum_of(all)); },
              wide_log_sum},
    Reduction{{"ReduceLogSumExp", 7, kNumbers, 1, 2}, log_sum_exp, wide_log_sum_exp},
    Reduction{{"ReduceMax", 7, kNumbers | kBooleans, 1, 2}, largest_of, wide_largest},
    Reduction{{"ReduceMean", 7, kNumbers, 1, 2}, mean_of, wide_mean},
    Reduction{{"ReduceMin", 7, kNumbers | kBooleans, 1, 2}, smallest_of, wide_smallest},
    Reduction{{"ReduceProd", 7, kNumbers, 1, 2}, product_of, wide_product, Overflow::wraps},
    Reduction{{"ReduceSum", 7, kNumbers, 1, 2}, sum_of, wide_sum, Overflow::wraps, 13},
    Reduction{{"ReduceSumSquare", 7, kNumbers, 1, 2}, sum_of_squares, wide_sum_of_squares, Overflow::wraps},
};

/// The axes as the node gives them; nothing where they depend on data. Errors: invalid_input for axes in the
/// other form than the opset has.
Result<std::optional<std::vector<int64_t>>> given_axes(const Call& call, const Reduction& row) {
  using Axes = std::optional<std::vector<int64_t>>;
  const std::string first = std::to_string(row.axes_are_input);
  const Fact* input = call.optional_input(1);
  if (call.opset() < row.axes_are_input) {
    if (input != nullptr)
      return call.invalid("axes are an attribute below opset " + first + ", not an input");
    if (call.attribute("noop_with_empty_axes") != nullptr)
      return call.invalid("attribute \"noop_with_empty_axes\" exists from opset " + first + " on");
    TAMIS_ASSIGN(Axes axes, call.integer_list("axes"));
    return axes ? axes : Axes(std::vector<int64_t>{});
  }
  if (call.attribute("axes") != nullptr)
    return call.invalid("axes are an input from opset " + first + " on, not an attribute");
  if (input == nullptr) return Axes(std::vector<int64_t>{});
  if (input->shape && input->shape->size() != 1)
    return call.invalid("axes must be a list, not of shape " + to_string(*input->shape));
  TAMIS_TRY(check_elements(call, 1, kIntegers));
  if (!input->value) return Axes();
  TAMIS_ASSIGN(std::vector<int64_t> axes, call.integers(1));
  return Axes(std::move(axes));
}

/// Which dimensions of an input are reduced. Errors: invalid_input where there is no such axis.
Result<std::vector<bool>> reduced_dimensions(const Call& call, const std::vector<int64_t>& axes,
                                             size_t rank) {
  TAMIS_ASSIGN(const int64_t none_if_empty, call.integer("noop_with_empty_axes", 0));
  std::vector<bool> reduced(rank, axes.empty() && none_if_empty == 0);
  for (const int64_t given : axes) {
    // onnxruntime takes an axis of a scalar too.
    if (rank == 0 && (given == 0 || given == -1)) continue;
    TAMIS_ASSIGN(const size_t axis, call.axis(given, rank));
    reduced[axis] = true;
  }
  return reduced;
}

/// A shape without the reduced dimensions, or with a size of 1 instead.
Shape shape_after(const Shape& shape, const std::vector<bool>& reduced, bool keep) {
  Shape after;
  for (size_t i = 0; i < shape.size(); ++i)
    if (!reduced[i] || keep) after.push_back(reduced[i] ? 1 : shape[i]);
  return after;
}

Result<std::vector<Fact>> infer_reduction(const Call& call) {
  const Reduction& row = row_of(kReductions, call);
  TAMIS_TRY(check_signature(call, row.signature));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const auto axes, given_axes(call, row));
  TAMIS_ASSIGN(const int64_t keep, call.integer("keepdims", 1));
  if (!axes || !x->shape) return std::vector<Fact>{{x->type, std::nullopt, std::nullopt}};
  TAMIS_ASSIGN(const std::vector<bool> reduced, reduced_dimensions(call, *axes, x->shape->size()));
  return std::vector<Fact>{{x->type, shape_after(*x->shape, reduced, keep != 0), std::nullopt}};
}

/// The elements of an array, reordered so that all that become one number lie together, in their old order.
template <class Number>
std::vector<Number> in_groups(const std::vector<Number>& values, const Shape& shape,
                              const std::vector<bool>& reduced, size_t group) {
  std::vector<Number> ordered(values.size());
  std::vector<size_t> filled(group == 0 ? 0 : values.size() / group);
  BroadcastWalk walk(shape, {shape_after(shape, reduced, true)});
  for (const Number value : values) {
    ordered[walk.at(0) * group + filled[walk.at(0)]++] = value;
    walk.next();
  }
  return ordered;
}

/// `function` of each group of elements, for the `count` numbers of the result.
template <class Number, class Function>
std::vector<Number> reduce_groups(const std::vector<Number>& values, const Shape& shape,
                                  const std::vector<bool>& reduced, size_t count, Function function) {
  const size_t group = count == 0 ? 0 : values.size() / count;
  const std::vector<Number> ordered = in_groups(values, shape, reduced, group);
  std::vector<Number> results;
  for (size_t i = 0; i < count; ++i)
    results.push_back(function(std::span(ordered).subspan(i * group, group)));
  return results;
}

Result<std::vector<Array>> evaluate_reduction(const Call& call, const std::vector<Fact>&) {
  const Reduction& row = row_of(kReductions, call);
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const auto axes, given_axes(call, row));
  TAMIS_ASSIGN(const int64_t keep, call.integer("keepdims", 1));
  TAMIS_ASSIGN(const std::vector<bool> reduced, reduced_dimensions(call, *axes, x.shape().size()));
  const Shape shape = shape_after(x.shape(), reduced, keep != 0);
  const auto count = static_cast<size_t>(*element_count(shape));
  if (holds_fractions(x.type()))
    return std::vector{from_doubles(
        x.type(), shape, reduce_groups(to_doubles(x), x.shape(), reduced, count, row.of_fractions))};
  const auto of_integers = [&](std::span<const Wide> all) {
    const Wide result = row.of_integers(all, x.type());
    return row.overflow == Overflow::wraps ? result : saturated(result, x.type());
  };
  return std::vector{
      from_wide(x.type(), shape, reduce_groups(to_wide(x), x.shape(), reduced, count, of_integers))};
}

constexpr auto kReductionOperators = definitions(kReductions, infer_reduction, evaluate_reduction);

}  // namespace

std::span<const OperatorDefinition> reduction_operators() { return kReductionOperators; }

}  // namespace tamis::network
