#include "network/kernels/operator_program.h"

#include "network/kernels/elementwise.h"
#include "network/kernels/generators.h"

#include <algorithm>
#include <array>

namespace tamis::network {
namespace {

/// Every generator there is: a new family is a row here.
std::vector<Generator> all_generators() {
  std::vector<Generator> all;
  for (const std::span<const Generator> family :
       {arithmetic_generators(), function_generators(), activation_generators(), logic_generators(),
        pool_generators(), reduction_generators(), normalization_generators(), movement_generators(),
        gather_generators(), resize_generators(), convolution_generators(), matrix_generators(),
        einsum_generators(), recurrence_generators(), index_generators(), selection_generators(),
        quantisation_generators(), integer_product_generators(), integer_convolution_generators()})
    all.insert(all.end(), family.begin(), family.end());
  std::sort(all.begin(), all.end(), [](const Generator& a, const Generator& b) { return a.type < b.type; });
  return all;
}

const std::vector<Generator>& generators() {
  static const std::vector<Generator> kAll = all_generators();
  return kAll;
}

}  // namespace

const Generator* find_generator(const Node& node) {
  const auto& all = generators();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Generator& each) {
    return each.type == node.type && each.domain == node.domain;
  });
  return found == all.end() ? nullptr : &*found;
}

Error without_generator(const Call& call, const std::string& what) {
  return call.cannot("there is no code generator for " + (what.empty() ? call.node().type : what));
}

Status check_float(const Call& call, const loop::Value& value) {
  if (value->element == loop::Element::float32) return {};
  return without_generator(call, call.node().type + " of " + loop::to_string(value->element));
}

std::vector<loop::Buffer> NetworkKernel::packed() const {
  std::vector<loop::Buffer> written;
  if (!preparation) return written;
  for (const loop::Buffer& buffer : preparation->program.buffers)
    if (buffer.written) written.push_back(buffer);
  return written;
}

Result<NetworkKernel> operator_program(const Node& node, const KernelContext& context) {
  if (is_elementwise(node)) return fused_program({&node, 1}, context);
  KernelBuilder builder(context);
  TAMIS_ASSIGN(const Call call, builder.call(node));
  const Generator* generator = find_generator(node);
  if (generator == nullptr) return without_generator(call);
  TAMIS_TRY(generator->nests(call, builder));
  return std::move(builder).finish();
}

Result<NetworkKernel> fused_program(std::span<const Node> nodes, const KernelContext& context) {
  KernelBuilder builder(context);
  TAMIS_TRY(add_elementwise(nodes, builder));
  return std::move(builder).finish();
}

bool is_elementwise(const Node& node) {
  const Generator* generator = find_generator(node);
  return generator != nullptr && generator->expression != nullptr;
}

std::vector<std::string_view> kernel_operators() {
  std::vector<std::string_view> types;
  for (const Generator& generator : generators())
    if (generator.domain.empty()) types.push_back(generator.type);
  return types;
}

}  // namespace tamis::network
