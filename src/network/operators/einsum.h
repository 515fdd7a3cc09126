#pragma once

#include "network/operators/operator.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tamis::network {

// What an Einsum's equation means.

/// A dimension's name: a letter, or for those of an ellipsis the place from the end, below 0.
using Label = int;
using Term = std::vector<Label>;

/// What an Einsum multiplies and sums up. A size of an input may be 1 where the label's is not; it is
/// repeated then.
struct Contraction {
  std::vector<Term> inputs;
  Term output;
  std::map<Label, int64_t> sizes;
};

/// The contraction of a node, whose inputs have known shapes. Errors: invalid_input for an equation that does
/// not go with them.
Result<Contraction> contraction_of(const Call& call);

}  // namespace tamis::network
