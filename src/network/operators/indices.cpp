#include "network/operators/indices.h"

#include "network/operators/moving.h"

#include <algorithm>
#include <string>

namespace tamis::network {
namespace {

Error not_together(const Call& call, const Shape& indices, const Shape& x) {
  return call.invalid("indices of shape " + to_string(indices) + " do not go with an input of shape " +
                      to_string(x));
}

}  // namespace

Result<int64_t> checked_index(const Call& call, int64_t index, int64_t size) {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  return call.invalid("index " + std::to_string(index) + " is none of a dimension of size " +
                      std::to_string(size));
}

Status check_lie_within(const Call& call, const Shape& indices, const Shape& x, size_t axis) {
  bool within = indices.size() == x.size();
  for (size_t i = 0; i < x.size() && within; ++i) within = i == axis || indices[i] <= x[i];
  return within ? Status() : not_together(call, indices, x);
}

Result<std::vector<int64_t>> places_along(const Call& call, const Shape& x, size_t axis, size_t input) {
  TAMIS_ASSIGN(const Shape shape, call.shape(input));
  TAMIS_ASSIGN(const std::vector<int64_t> indices, call.integers(input));
  std::vector<int64_t> places;
  if (indices.empty()) return places;
  const std::vector<int64_t> steps = element_count(x) == 0 ? Shape(x.size(), 0) : row_major_steps(x);
  std::vector<int64_t> at(shape.size(), 0);
  for (const int64_t given : indices) {
    TAMIS_ASSIGN(const int64_t index, checked_index(call, given, x[axis]));
    int64_t place = 0;
    for (size_t i = 0; i < at.size(); ++i) place += steps[i] * (i == axis ? index : at[i]);
    places.push_back(place);
    next_index(shape, at, at.size());
  }
  return places;
}

Result<IndexTuples> index_tuples(const Call& call, const Shape& indices, const Shape& x, int64_t batch) {
  const auto shared = static_cast<size_t>(batch);
  if (indices.empty() || batch < 0 || shared >= indices.size() || shared >= x.size() || indices.back() < 1 ||
      indices.back() > static_cast<int64_t>(x.size() - shared) ||
      !std::equal(x.begin(), x.begin() + batch, indices.begin()))
    return not_together(call, indices, x);
  return IndexTuples{shared, static_cast<size_t>(indices.back())};
}

Result<TuplePlaces> places_of_tuples(const Call& call, const Shape& x, size_t input, int64_t batch) {
  TAMIS_ASSIGN(const Shape shape, call.shape(input));
  TAMIS_ASSIGN(const std::vector<int64_t> indices, call.integers(input));
  TAMIS_ASSIGN(const IndexTuples tuples, index_tuples(call, shape, x, batch));
  const std::vector<int64_t> steps = row_major_steps(x);
  const auto after_batch = x.begin() + batch;
  const int64_t batches = *element_count(Shape(x.begin(), after_batch));
  const int64_t batch_step = *element_count(Shape(after_batch, x.end()));
  const auto after_tuple = after_batch + static_cast<ptrdiff_t>(tuples.length);
  TuplePlaces result{{}, *element_count(Shape(after_tuple, x.end()))};
  const size_t count = indices.size() / tuples.length;
  const size_t in_batch = std::max<size_t>(1, count / static_cast<size_t>(batches));
  for (size_t tuple = 0; tuple < count; ++tuple) {
    int64_t place = static_cast<int64_t>(tuple / in_batch) * batch_step;
    for (size_t i = 0; i < tuples.length; ++i) {
      const size_t dimension = tuples.batch + i;
      TAMIS_ASSIGN(const int64_t index,
                   checked_index(call, indices[tuple * tuples.length + i], x[dimension]));
      place += index * steps[dimension];
    }
    result.places.push_back(place);
  }
  return result;
}

}  // namespace tamis::network
