#pragma once

#include "network/operators/operator.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis::network {

// Where indices, which may count from the end, lie in what they are indices of.

/// An index of a dimension of this size, from 0 on. Errors: invalid_input for one outside.
Result<int64_t> checked_index(const Call& call, int64_t index, int64_t size);

/// Errors: invalid_input where indices of an axis have another number of dimensions than `x`, or more than
/// `x` in a dimension but the axis.
Status check_lie_within(const Call& call, const Shape& indices, const Shape& x, size_t axis);
/// For each index of an input, which check_lie_within, the place in `x` that has this index at the axis and
/// lies where the index lies in all other dimensions. Errors: invalid_input for an index outside.
Result<std::vector<int64_t>> places_along(const Call& call, const Shape& x, size_t axis, size_t input);

/// The last dimension of indices as tuples, each of the first dimensions of `x` behind the batches.
struct IndexTuples {
  size_t batch = 0;   ///< how many first dimensions are shared, and stand in no tuple
  size_t length = 0;  ///< of a tuple
};
/// Errors: invalid_input where the shapes do not go together so.
Result<IndexTuples> index_tuples(const Call& call, const Shape& indices, const Shape& x, int64_t batch);

struct TuplePlaces {
  std::vector<int64_t> places;  ///< where in `x` the block of each tuple begins
  int64_t inner = 1;            ///< elements of a block
};
/// For each tuple of an input, which index_tuples takes. `x` has elements. Errors: invalid_input for an index
/// outside.
Result<TuplePlaces> places_of_tuples(const Call& call, const Shape& x, size_t input, int64_t batch);

}  // namespace tamis::network
