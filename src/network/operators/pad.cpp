#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kPadInputsSince = 11;

/// What is done to one dimension: `left` elements are left behind the first `crop`, and the first of them
/// comes to the place `before`.
struct PaddedDimension {
  int64_t crop = 0;
  int64_t left = 0;
  int64_t before = 0;
  int64_t size = 0;  ///< of the output
};

Result<std::string> pad_mode(const Call& call) {
  TAMIS_ASSIGN(std::string mode, call.text("mode", "constant"));
  if (mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap") return mode;
  return call.invalid("mode \"" + mode + "\" is none of constant, reflect, edge, wrap");
}

/// Errors: invalid_input where the mode has nothing to fill the dimension with.
Status check_padding(const Call& call, int64_t left, int64_t most, const std::string& mode) {
  if (most == 0) return {};
  if (left == 0) return call.invalid("mode \"" + mode + "\" has no elements to pad with, since a size is 0");
  if (mode == "reflect" && most >= left)
    return call.invalid("mode \"reflect\" pads a size of " + std::to_string(left) +
                        " by at most one less, not by " + std::to_string(most));
  return {};
}

/// More than any size; so that places behind the start have room in 64 bits.
constexpr int64_t kMostCrop = int64_t{1} << 62;

/// A negative pad crops. It may crop what the other one adds, where that does not depend on the elements.
Result<PaddedDimension> padded_dimension(const Call& call, int64_t size, int64_t begin, int64_t end,
                                         const std::string& mode) {
  TAMIS_ASSIGN(const int64_t so_far, sum_of_sizes(call, size, begin));
  TAMIS_ASSIGN(const int64_t result, sum_of_sizes(call, so_far, end));
  const int64_t cut_begin = std::min<int64_t>(begin, 0);
  const int64_t cut_end = std::min<int64_t>(end, 0);
  const bool cuts_too_much = cut_begin < -size || cut_end < -size - cut_begin;
  if (result < 0 || begin < -kMostCrop || (mode != "constant" && cuts_too_much))
    return call.invalid("pads of " + std::to_string(begin) + " and " + std::to_string(end) +
                        " cut off more than a size of " + std::to_string(size));
  if (mode == "constant") return PaddedDimension{0, size, begin, result};
  const int64_t left = size + cut_begin + cut_end;
  TAMIS_TRY(check_padding(call, left, std::max({begin, end, int64_t{0}}), mode));
  return PaddedDimension{-cut_begin, left, begin - cut_begin, result};
}

/// The dimensions that the pads are of: all where no axes are given. Nothing where they are not known.
Result<std::optional<std::vector<size_t>>> padded_axes(const Call& call, size_t rank) {
  TAMIS_ASSIGN(const Setting axes, setting(call, 3));
  if (axes.given && call.opset() < 18)
    return call.invalid("input 3 (axes) exists since opset 18, and this node is of opset " +
                        std::to_string(call.opset()));
  if (axes.is_open()) return std::optional<std::vector<size_t>>();
  std::vector<int64_t> given;
  for (size_t i = 0; i < rank && !axes.given; ++i) given.push_back(static_cast<int64_t>(i));
  if (axes.given) given = *axes.values;
  TAMIS_ASSIGN(std::vector<size_t> distinct, distinct_axes(call, given, rank));
  return std::optional(std::move(distinct));
}

/// Nothing where it is only known when the network runs.
Result<std::optional<std::vector<PaddedDimension>>> padded_dimensions(const Call& call, const Shape& x) {
  TAMIS_ASSIGN(const std::string mode, pad_mode(call));
  TAMIS_ASSIGN(const Setting pads, setting(call, "pads", kPadInputsSince, 1));
  TAMIS_ASSIGN(const auto axes, padded_axes(call, x.size()));
  if (!pads.given) return call.invalid("pads are missing");
  if (pads.is_open() || !axes) return std::optional<std::vector<PaddedDimension>>();
  if (pads.values->size() != 2 * axes->size())
    return call.invalid("there are " + std::to_string(pads.values->size()) + " pads for " +
                        std::to_string(axes->size()) + " axes, not two for each");
  std::vector<PaddedDimension> all;
  for (const int64_t size : x) all.push_back({0, size, 0, size});
  for (size_t i = 0; i < axes->size(); ++i) {
    const size_t axis = (*axes)[i];
    TAMIS_ASSIGN(all[axis],
                 padded_dimension(call, x[axis], (*pads.values)[i], (*pads.values)[i + axes->size()], mode));
  }
  return std::optional(std::move(all));
}

Result<std::vector<Fact>> infer_pad(const Call& call) {
  TAMIS_ASSIGN(const Fact* x, call.input(0));
  if (!x->shape) return one_fact(x->type, std::nullopt);
  TAMIS_TRY(check_same_type(call, 2, 0));
  TAMIS_ASSIGN(const auto dimensions, padded_dimensions(call, *x->shape));
  if (!dimensions) return one_fact(x->type, std::nullopt);
  Shape shape;
  for (const PaddedDimension& each : *dimensions) shape.push_back(each.size);
  return one_fact(x->type, std::move(shape));
}

/// The element of the mode `constant`; nothing for 0.
Result<std::optional<Array>> pad_value(const Call& call, ElementType type) {
  if (call.opset() < kPadInputsSince) {
    TAMIS_ASSIGN(const double value, call.number("value", 0));
    return std::optional(array_held(type, {1}, std::array{value}));
  }
  if (call.optional_input(2) == nullptr) return std::optional<Array>();
  TAMIS_ASSIGN(Array value, call.value(2));
  if (value.elements() == 0) return std::optional<Array>();
  if (value.elements() > 1) return call.invalid("the value to pad with must be one element");
  return std::optional(std::move(value));
}

/// Which element of a dimension stands at a place beside its start (negative) or within or behind it.
int64_t padding_source(const std::string& mode, int64_t place, int64_t size) {
  if (place >= 0 && place < size) return place;
  if (mode == "edge") return place < 0 ? 0 : size - 1;
  if (mode == "reflect") return place < 0 ? -place : 2 * (size - 1) - place;
  if (mode == "wrap") return (place % size + size) % size;
  return kOutside;
}

Result<std::vector<Array>> pad(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const std::string mode, pad_mode(call));
  TAMIS_ASSIGN(const auto dimensions, padded_dimensions(call, x.shape()));
  TAMIS_ASSIGN(const std::optional<Array> value, pad_value(call, x.type()));
  const std::vector<int64_t> steps = safe_steps(x);
  const auto offset = [&](size_t dimension, int64_t index) {
    const PaddedDimension& each = (*dimensions)[dimension];
    const int64_t source = padding_source(mode, index - each.before, each.left);
    return source == kOutside ? kOutside : (each.crop + source) * steps[dimension];
  };
  return std::vector{picked(x, *outputs[0].shape, offset, value)};
}

constexpr std::array kPadOperators{OperatorDefinition{"Pad", infer_pad, pad}};

}  // namespace

std::span<const OperatorDefinition> pad_operators() { return kPadOperators; }

}  // namespace tamis::network
