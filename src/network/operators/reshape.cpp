#include "network/operators/families.h"
#include "network/operators/settings.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// The elements of the input in the shape of the output.
Result<std::vector<Array>> same_elements(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  return std::vector{x.reshaped(*outputs[0].shape)};
}

Result<std::vector<Array>> same_array(const Call& call, const std::vector<Fact>&) {
  TAMIS_ASSIGN(Array x, call.value(0));
  return std::vector{std::move(x)};
}

Result<std::vector<Fact>> infer_identity(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  return one_fact(x->type, x->shape);
}

// Reshape

/// The sizes with those of the input in the place of zeros.
Result<Shape> with_copied_sizes(const Call& call, Shape sizes, const Shape& x) {
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] != 0) continue;
    if (i >= x.size())
      return call.invalid("size 0 at dimension " + std::to_string(i) + " copies one that an input of shape " +
                          to_string(x) + " does not have");
    sizes[i] = x[i];
  }
  return sizes;
}

/// The sizes with what is left of the input's elements in the place of -1.
Result<Shape> with_left_size(const Call& call, Shape sizes, const Shape& x) {
  const std::string asked = "an input of shape " + to_string(x) + " cannot become " + to_string(sizes);
  const auto left = std::find(sizes.begin(), sizes.end(), -1);
  if (left != sizes.end()) *left = 1;
  const std::optional<int64_t> count = element_count(sizes);
  const std::optional<int64_t> of_x = element_count(x);
  if (!count || !of_x) return call.invalid(asked);
  if (left != sizes.end()) {
    if (*count == 0 || *of_x % *count != 0) return call.invalid(asked);
    *left = *of_x / *count;
  } else if (*count != *of_x) {
    return call.invalid(asked);
  }
  return sizes;
}

Status check_sizes_asked(const Call& call, const Shape& sizes, bool allow_zero) {
  const auto lefts = std::count(sizes.begin(), sizes.end(), -1);
  if (lefts > 1) return call.invalid("only one size may be -1, not all of " + to_string(sizes));
  if (std::any_of(sizes.begin(), sizes.end(), [](int64_t size) { return size < -1; }))
    return call.invalid("a size of " + to_string(sizes) + " is less than -1");
  if (allow_zero && lefts == 1 && std::count(sizes.begin(), sizes.end(), 0) > 0)
    return call.invalid("with allowzero a size of 0 leaves none for -1, as " + to_string(sizes) + " asks");
  return {};
}

Result<std::vector<Fact>> infer_reshape(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_TRY(call.input(1));
  TAMIS_ASSIGN(const Setting asked, setting(call, 1));
  TAMIS_ASSIGN(const int64_t allow_zero, call.integer("allowzero", 0));
  if (asked.is_open()) return one_fact(x->type, std::nullopt);
  Shape sizes = *asked.values;
  TAMIS_TRY(check_sizes_asked(call, sizes, allow_zero != 0));
  if (!x->shape) {
    const bool complete = std::none_of(sizes.begin(), sizes.end(), [&](int64_t size) {
      return size == -1 || (size == 0 && allow_zero == 0);
    });
    return one_fact(x->type, complete ? std::optional(sizes) : std::nullopt);
  }
  if (allow_zero == 0) {
    TAMIS_ASSIGN(sizes, with_copied_sizes(call, sizes, *x->shape));
  }
  TAMIS_ASSIGN(sizes, with_left_size(call, sizes, *x->shape));
  return one_fact(x->type, std::move(sizes));
}

// Flatten

Result<std::vector<Fact>> infer_flatten(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(int64_t axis, call.integer("axis", 1));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  const auto rank = static_cast<int64_t>(x->shape->size());
  if (axis < (call.opset() < 11 ? 0 : -rank) || axis > rank)
    return call.invalid("axis " + std::to_string(axis) + " cannot split a value with " +
                        std::to_string(rank) + " dimensions");
  if (axis < 0) axis += rank;
  const auto middle = x->shape->begin() + axis;
  const std::optional<int64_t> rows = element_count(Shape(x->shape->begin(), middle));
  const std::optional<int64_t> columns = element_count(Shape(middle, x->shape->end()));
  if (!rows || !columns)
    return call.invalid("an input of shape " + to_string(*x->shape) + " is more than any network holds");
  return one_fact(x->type, Shape{*rows, *columns});
}

// Squeeze and Unsqueeze

constexpr int64_t kAxesAreAnInput = 13;

/// All of size 1 where no axes are given; an axis that is given twice counts once, as in onnxruntime.
Result<std::vector<bool>> squeezed(const Call& call, const Shape& x, const std::vector<int64_t>& axes) {
  std::vector<bool> removed(x.size(), false);
  for (size_t i = 0; i < x.size() && axes.empty(); ++i) removed[i] = x[i] == 1;
  for (const int64_t each : axes) {
    TAMIS_ASSIGN(const size_t axis, call.axis(each, x.size()));
    if (x[axis] != 1)
      return call.invalid("axis " + std::to_string(each) + " of an input of shape " + to_string(x) +
                          " is not of size 1");
    removed[axis] = true;
  }
  return removed;
}

Result<std::vector<Fact>> infer_squeeze(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Setting axes, setting(call, "axes", kAxesAreAnInput, 1));
  if (!x->shape || axes.is_open()) return one_fact(x->type, std::nullopt);
  TAMIS_ASSIGN(const std::vector<bool> removed,
               squeezed(call, *x->shape, axes.values.value_or(std::vector<int64_t>())));
  Shape shape;
  for (size_t i = 0; i < removed.size(); ++i)
    if (!removed[i]) shape.push_back((*x->shape)[i]);
  return one_fact(x->type, std::move(shape));
}

Result<std::vector<Fact>> infer_unsqueeze(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const Setting given, setting(call, "axes", kAxesAreAnInput, 1));
  if (!given.given) return call.invalid("axes are missing");
  if (!x->shape || given.is_open()) return one_fact(x->type, std::nullopt);
  const size_t rank = x->shape->size() + given.values->size();
  TAMIS_ASSIGN(const std::vector<size_t> axes, distinct_axes(call, *given.values, rank));
  Shape shape(rank, -1);
  for (const size_t axis : axes) shape[axis] = 1;
  auto next = x->shape->begin();
  for (int64_t& size : shape)
    if (size == -1) size = *next++;
  return one_fact(x->type, std::move(shape));
}

// Shape and Size

/// An index that may count from the end, held within the dimensions.
size_t dimension_at(int64_t index, int64_t rank) {
  if (index < 0) index += rank;
  return static_cast<size_t>(std::clamp<int64_t>(index, 0, rank));
}

Result<std::vector<Fact>> infer_shape(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  TAMIS_ASSIGN(const int64_t start, call.integer("start", 0));
  TAMIS_ASSIGN(const int64_t end, call.integer("end", std::numeric_limits<int64_t>::max()));
  if (!x->shape) return one_fact(ElementType::int64, std::nullopt);
  const auto rank = static_cast<int64_t>(x->shape->size());
  const size_t first = dimension_at(start, rank);
  const size_t last = std::max(first, dimension_at(end, rank));
  const Shape sizes(x->shape->begin() + static_cast<ptrdiff_t>(first),
                    x->shape->begin() + static_cast<ptrdiff_t>(last));
  return std::vector{Fact::of(Array::of<int64_t>({static_cast<int64_t>(sizes.size())}, sizes))};
}

Result<std::vector<Fact>> infer_size(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!x->shape) return one_fact(ElementType::int64, Shape{});
  const std::optional<int64_t> count = element_count(*x->shape);
  if (!count)
    return call.invalid("an input of shape " + to_string(*x->shape) + " is more than any network holds");
  return std::vector{Fact::of(Array::scalar<int64_t>(*count))};
}

constexpr std::array kReshapeOperators{
    OperatorDefinition{"Flatten", infer_flatten, same_elements},
    OperatorDefinition{"Identity", infer_identity, same_array},
    OperatorDefinition{"Reshape", infer_reshape, same_elements},
    OperatorDefinition{"Shape", infer_shape, nullptr},
    OperatorDefinition{"Size", infer_size, nullptr},
    OperatorDefinition{"Squeeze", infer_squeeze, same_elements},
    OperatorDefinition{"Unsqueeze", infer_unsqueeze, same_elements},
};

}  // namespace

std::span<const OperatorDefinition> reshape_operators() { return kReshapeOperators; }

}  // namespace tamis::network
