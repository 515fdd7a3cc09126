#include "network/operators/families.h"
#include "network/operators/numbers.h"
#include "network/operators/pairs.h"
#include "network/operators/signature.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace tamis::network {
namespace {

/// An operator that says yes or no of two values of one type.
struct Comparison {
  Signature signature;
  Wide (*of_integers)(Wide, Wide) = nullptr;       ///< and of booleans, as 0 and 1
  Wide (*of_fractions)(double, double) = nullptr;  ///< where the operator takes fractions
};

constexpr TypeSet kAllTypes = kNumbers | kBooleans;

constexpr std::array kComparisons{
    Comparison{{"And", 7, kBooleans, 2, 2}, [](Wide a, Wide b) { return a & b; }},
    Comparison{{"Equal", 7, kAllTypes, 2, 2},
               [](Wide a, Wide b) -> Wide { return a == b; },
               [](double a, double b) -> Wide { return a == b; }},
    Comparison{{"Greater", 7, kNumbers, 2, 2},
               [](Wide a, Wide b) -> Wide { return a > b; },
               [](double a, double b) -> Wide { return a > b; }},
    Comparison{{"GreaterOrEqual", 12, kNumbers, 2, 2},
               [](Wide a, Wide b) -> Wide { return a >= b; },
               [](double a, double b) -> Wide { return a >= b; }},
    Comparison{{"Less", 7, kNumbers, 2, 2},
               [](Wide a, Wide b) -> Wide { return a < b; },
               [](double a, double b) -> Wide { return a < b; }},
    Comparison{{"LessOrEqual", 12, kNumbers, 2, 2},
               [](Wide a, Wide b) -> Wide { return a <= b; },
               [](double a, double b) -> Wide { return a <= b; }},
    Comparison{{"Or", 7, kBooleans, 2, 2}, [](Wide a, Wide b) { return a | b; }},
    Comparison{{"Xor", 7, kBooleans, 2, 2}, [](Wide a, Wide b) { return a ^ b; }},
};

Result<std::vector<Fact>> infer_comparison(const Call& call) {
  TAMIS_TRY(check_signature(call, row_of(kComparisons, call).signature));
  TAMIS_TRY(check_one_type(call));
  TAMIS_ASSIGN(std::vector<Fact> facts, infer_pair(call));
  facts[0].type = ElementType::boolean;
  return facts;
}

Result<std::vector<Array>> evaluate_comparison(const Call& call, const std::vector<Fact>& outputs) {
  const Comparison& row = row_of(kComparisons, call);
  TAMIS_ASSIGN(const Array a, call.value(0));
  TAMIS_ASSIGN(const Array b, call.value(1));
  const Shape& shape = *outputs[0].shape;
  const std::vector<Wide> values = holds_fractions(a.type())
                                       ? pairwise(shape, a, to_doubles(a), b, to_doubles(b), row.of_fractions)
                                       : pairwise(shape, a, to_wide(a), b, to_wide(b), row.of_integers);
  return std::vector{from_wide(ElementType::boolean, shape, values)};
}

// Of one value.

Result<std::vector<Fact>> infer_yes_or_no(const Call& call, const Signature& signature) {
  TAMIS_TRY(check_signature(call, signature));
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return std::vector<Fact>{{ElementType::boolean, x->shape, std::nullopt}};
}

Result<std::vector<Fact>> infer_not(const Call& call) { return infer_yes_or_no(call, {"Not", 7, kBooleans}); }
Result<std::vector<Fact>> infer_is_nan(const Call& call) { return infer_yes_or_no(call, {"IsNaN", 9}); }

/// Which infinities IsInf finds.
struct SoughtInfinities {
  bool negative = true;
  bool positive = true;
};

Result<SoughtInfinities> sought_infinities(const Call& call) {
  TAMIS_ASSIGN(const int64_t negative, call.integer("detect_negative", 1));
  TAMIS_ASSIGN(const int64_t positive, call.integer("detect_positive", 1));
  return SoughtInfinities{negative != 0, positive != 0};
}

Result<std::vector<Fact>> infer_is_inf(const Call& call) {
  TAMIS_TRY(sought_infinities(call));
  return infer_yes_or_no(call, {"IsInf", 10});
}

/// What `function` says of each element, which `read` gives.
template <class Number, class Function>
Result<std::vector<Array>> ask_each(const Call& call, std::vector<Number> (*read)(const Array&),
                                    Function function) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  const std::vector<Number> values = read(x);
  std::vector<Wide> answers(values.size());
  std::transform(values.begin(), values.end(), answers.begin(), function);
  return std::vector{from_wide(ElementType::boolean, x.shape(), answers)};
}

Result<std::vector<Array>> evaluate_not(const Call& call, const std::vector<Fact>&) {
  return ask_each(call, to_wide, [](Wide x) { return x == 0; });
}

Result<std::vector<Array>> evaluate_is_nan(const Call& call, const std::vector<Fact>&) {
  return ask_each(call, to_doubles, [](double x) { return std::isnan(x); });
}

Result<std::vector<Array>> evaluate_is_inf(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(const SoughtInfinities sought, sought_infinities(call));
  return ask_each(call, to_doubles,
                  [=](double x) { return std::isinf(x) && (x < 0 ? sought.negative : sought.positive); });
}

constexpr std::array kOneValueComparisons{
    OperatorDefinition{"IsInf", infer_is_inf, evaluate_is_inf},
    OperatorDefinition{"IsNaN", infer_is_nan, evaluate_is_nan},
    OperatorDefinition{"Not", infer_not, evaluate_not},
};
constexpr auto kComparisonOperators =
    joined(definitions(kComparisons, infer_comparison, evaluate_comparison), kOneValueComparisons);

}  // namespace

std::span<const OperatorDefinition> comparison_operators() { return kComparisonOperators; }

}  // namespace tamis::network
