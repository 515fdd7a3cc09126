#pragma once

#include "network/kernels/builder.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// Where the operands of a product are among those of its space; what `finish` loads comes behind.
inline constexpr size_t kProductOutput = 0;
inline constexpr size_t kProductLeft = 1;
inline constexpr size_t kProductRight = 2;

/// What is stored, made of a sum and the place of each operand.
using FinishAt = std::function<loop::Value(const loop::Value& sum, std::span<const loop::Affine> places)>;

/// Sums of products of two buffers over the reduced axes of a space: matrix products, and convolutions, whose
/// windows are axes too. Buffers are of one dimension and lie apart; the output is written once or, where
/// blocks overlap, several times alike.
struct Product {
  Space space;
  std::string output;
  std::string left;
  std::string right;
  FinishAt finish;
  loop::Element element = loop::Element::float32;
};

/// Adds the nests of a product. They keep a block of the output in registers, in vectors along the axis that
/// costs least; an operand that does not lie together along it is copied to a workspace first. A product
/// whose output has few elements is summed in vectors along a reduced axis instead.
void add_product(KernelBuilder& builder, Product product);

/// The same as stages inside the loops of a nest, where the output, and either or both of the others, lie
/// together or stay along the axis `vector`, which is kept: nothing is copied. `origin`: as of store_inside.
/// The space must be of axes as they are to be looped over.
std::vector<loop::Stage> product_stages(KernelBuilder& builder, const Product& product, size_t vector,
                                        std::span<const loop::Affine> origin);

}  // namespace tamis::network
