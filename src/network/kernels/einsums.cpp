#include "network/kernels/generators.h"
#include "network/kernels/rows.h"
#include "network/operators/einsum.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tamis::network {
namespace {

/// How far the next place of a label lies in an operand; a label that stands there twice walks along a
/// diagonal, and a size of 1 is repeated.
int64_t step_of(const Operand& operand, const Term& term, Label label) {
  int64_t step = 0;
  for (size_t i = 0; i < term.size(); ++i)
    if (term[i] == label && operand.shape[i] != 1) step += operand.steps[i];
  return step;
}

/// Sums of products of one element of each input: what no product of matrices was made of.
Status einsum(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const Contraction all, contraction_of(call));
  std::vector<Operand> inputs;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(Operand one, builder.input(call, i));
    if (one.element != loop::Element::float32)
      return without_generator(call, "Einsum of " + loop::to_string(one.element));
    inputs.push_back(std::move(one));
  }
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  Space space{{}, std::vector<int64_t>(inputs.size() + 1, 0)};
  for (const auto& [label, size] : all.sizes) {
    if (size == 0) return without_generator(call, "Einsum of no elements");
    const bool kept = std::find(all.output.begin(), all.output.end(), label) != all.output.end();
    Axis axis{size, {step_of(y, all.output, label)}, !kept};
    for (size_t i = 0; i < inputs.size(); ++i) axis.steps.push_back(step_of(inputs[i], all.inputs[i], label));
    space.axes.push_back(std::move(axis));
  }
  Rows::make(builder, space, LanesAlong::kept, [&](Rows& rows) {
    loop::Value sum = sum_of_row(rows, [&](std::span<const loop::Affine> at) {
      loop::Value product = load_of(inputs[0], at[1]);
      for (size_t i = 1; i < inputs.size(); ++i) product = product * load_of(inputs[i], at[i + 1]);
      return product;
    });
    rows.store(0, y.buffer, [&](std::span<const loop::Affine>) { return sum; });
  });
  return {};
}

constexpr std::array kEinsumGenerators{Generator{"Einsum", nullptr, einsum}};

}  // namespace

std::span<const Generator> einsum_generators() { return kEinsumGenerators; }

}  // namespace tamis::network
