#include "targets/loop/winograd.h"

#include <optional>

namespace tamis::loop {
namespace {

/// With stride 2 the even elements of the input meet the kernel's ends, which is a filter of two taps and
/// stride 1, F(2, 2), and the odd ones meet its middle, which is a product each. The products of the even
/// elements come first. Larger tiles save more products, but were slower wherever we tried them: 81 elements
/// of a tile are too many for the caches.
WinogradMatrices strided_matrices() {
  return {2,
          {{1, 0, -1, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, -1, 0, 1}, {0, 1, 0, 0, 0}, {0, 0, 0, 1, 0}},
          {{1, 0, 0}, {1, 0, 1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}},
          {{1, 1, 0, 1, 0}, {0, 1, 1, 0, 1}}};
}

/// The sum of a row's factors times what `element` gives, terms of factor 0 left out.
template <class ElementOf>
Value combine(const std::vector<double>& row, const ElementOf& element) {
  std::optional<Value> sum;
  for (size_t k = 0; k < row.size(); ++k) {
    if (row[k] == 0) continue;
    const Value term = element(static_cast<int64_t>(k));
    if (!sum) {
      sum = row[k] == 1 ? term : Value::constant(row[k]) * term;
    } else if (row[k] == 1) {
      sum = *sum + term;
    } else if (row[k] == -1) {
      sum = *sum - term;
    } else {
      sum = Value::multiply_add(Value::constant(row[k]), term, *sum);
    }
  }
  return *sum;
}

std::vector<Affine> place_of(const Affine& i, const Affine& j, const std::vector<Affine>& lane) {
  std::vector<Affine> index = {i, j};
  index.insert(index.end(), lane.begin(), lane.end());
  return index;
}

}  // namespace

WinogradMatrices winograd_matrices(int64_t m, int64_t stride) {
  if (stride == 2) return strided_matrices();
  if (m == 2)
    return {2,
            {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
            {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}},
            {{1, 1, 1, 0}, {0, 1, -1, -1}}};
  const double sixth = 1.0 / 6;
  return {4,
          {{4, 0, -5, 0, 1, 0},
           {0, -4, -4, 1, 1, 0},
           {0, 4, -4, -1, 1, 0},
           {0, -2, -1, 2, 1, 0},
           {0, 2, -1, -2, 1, 0},
           {0, 4, 0, -5, 0, 1}},
          {{0.25, 0, 0},
           {-sixth, -sixth, -sixth},
           {-sixth, sixth, -sixth},
           {sixth / 4, sixth / 2, sixth},
           {sixth / 4, -sixth / 2, sixth},
           {0, 0, 1}},
          {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};
}

void add_transform(Nest& nest, const Matrix& left, const std::string& half, const std::vector<Affine>& lane,
                   const std::function<Value(const Affine&, const Affine&)>& load,
                   const std::function<void(Stage&, const Affine&, const Affine&, const Value&)>& store) {
  const auto width = static_cast<int64_t>(left.front().size());
  for (size_t i = 0; i < left.size(); ++i) {
    Stage stage;
    stage.name = half;
    stage.loops = {{half + "_j", width, false, LoopKind::unrolled}};
    const Affine j = Affine::variable(half + "_j");
    stage.output = {half, place_of(Affine(static_cast<int64_t>(i)), j, lane)};
    stage.finish = combine(left[i], [&](int64_t k) { return load(Affine(k), j); });
    nest.body.emplace_back(stage);
  }
  for (size_t j = 0; j < left.size(); ++j) {
    Stage stage;
    stage.name = half + " done";
    stage.loops = {{half + "_i", static_cast<int64_t>(left.size()), false, LoopKind::unrolled}};
    const Affine i = Affine::variable(half + "_i");
    const Value value = combine(left[j], [&](int64_t k) {
      return Value::load({half, place_of(i, Affine(k), lane)});
    });
    store(stage, i, Affine(static_cast<int64_t>(j)), value);
    nest.body.emplace_back(stage);
  }
}

}  // namespace tamis::loop
