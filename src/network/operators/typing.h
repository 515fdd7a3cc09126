#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tamis::network {

/// The type of an input. Errors: invalid_input where it is none of `allowed`.
Result<ElementType> type_of(const Call& call, size_t input, std::initializer_list<ElementType> allowed);
/// The type of an input that must hold fractions.
Result<ElementType> fraction_type_of(const Call& call, size_t input);
/// Errors: invalid_input where an input that is there is of another type than input `as`.
Status check_same_type(const Call& call, size_t input, size_t as);
/// Errors: invalid_input where an input that is there, and has a known shape, has another; `meaning` says of
/// what.
Status check_shape(const Call& call, size_t input, const Shape& shape, std::string_view meaning);
/// Whether all inputs that are there have known shapes.
bool shapes_known(const Call& call);

}  // namespace tamis::network
