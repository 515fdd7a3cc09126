#pragma once

#include "network/operators/operator.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tamis::network {

/// A set of element types.
using TypeSet = unsigned;
inline constexpr TypeSet kFractions = 1;
inline constexpr TypeSet kSigned = 2;
inline constexpr TypeSet kUnsigned = 4;
inline constexpr TypeSet kBooleans = 8;
inline constexpr TypeSet kIntegers = kSigned | kUnsigned;
inline constexpr TypeSet kNumbers = kFractions | kIntegers;

/// What a node of an operator must look like, whatever the operator does.
struct Signature {
  std::string_view type;  ///< of the operator
  int64_t since = 7;  ///< the first opset that has it; 7, the first that tamis reads, where older ones do too
  TypeSet elements = kFractions;  ///< of the first input, at any opset: older ones may have had fewer
  size_t least_inputs = 1;        ///< those that may not be absent come first
  size_t most_inputs = 1;
  size_t most_outputs = 1;
};

/// Whether a type is of a set.
bool is_of(ElementType type, TypeSet set);

/// Whether a node looks as its operator says. Errors: invalid_input, with the first thing that is wrong.
Status check_signature(const Call& call, const Signature& signature);
/// Whether an input, if it is there, is of a set of types. Errors: invalid_input.
Status check_elements(const Call& call, size_t input, TypeSet set);
/// Whether all inputs that are there are of the type of the first. Errors: invalid_input, with both types.
Status check_one_type(const Call& call);
/// Whether a shape broadcasts to another one without changing it. Errors: invalid_input, with both.
Status check_broadcasts_to(const Call& call, const Shape& shape, const Shape& to);

/// The row for a call in the table of a family, whose rows have a `signature`. A call of an operator that is
/// not in the table is a programming error (asserted).
template <class Row, size_t count>
const Row& row_of(const std::array<Row, count>& rows, const Call& call) {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const Row& row) { return row.signature.type == call.node().type; });
  assert(found != rows.end());
  return *found;
}

/// The definitions of operators in such a table, which share both functions.
template <class Row, size_t count>
constexpr std::array<OperatorDefinition, count> definitions(const std::array<Row, count>& rows,
                                                            decltype(OperatorDefinition::infer) infer,
                                                            decltype(OperatorDefinition::evaluate) evaluate) {
  std::array<OperatorDefinition, count> all{};
  for (size_t i = 0; i < count; ++i) all[i] = {rows[i].signature.type, infer, evaluate};
  return all;
}

/// Two tables one after the other.
template <size_t of_a, size_t of_b>
constexpr std::array<OperatorDefinition, of_a + of_b> joined(const std::array<OperatorDefinition, of_a>& a,
                                                             const std::array<OperatorDefinition, of_b>& b) {
  std::array<OperatorDefinition, of_a + of_b> all{};
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), all.begin()));
  return all;
}

}  // namespace tamis::network
