#include "network/kernels/generators.h"
#include "network/kernels/movement.h"

#include <array>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

/// Along one axis every element so many times, one after the other; 0 where that is not what is taken.
int64_t repeats_of(const std::vector<int64_t>& indices, int64_t size) {
  const auto count = static_cast<int64_t>(indices.size());
  if (size == 0 || count % size != 0) return 0;
  const int64_t repeats = count / size;
  for (int64_t i = 0; i < count; ++i)
    if (indices[static_cast<size_t>(i)] != i / repeats) return 0;
  return repeats;
}

/// Of the mode `nearest` where all elements are repeated alike.
Status resize(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const std::string mode, call.text("mode", "nearest"));
  if (mode != "nearest") return without_generator(call, call.node().type + " of mode " + mode);
  TAMIS_ASSIGN(const Operand x, builder.input(call, 0));
  TAMIS_ASSIGN(const Operand y, builder.output(call, 0));
  if (y.elements() == 0) return {};
  TAMIS_ASSIGN(const auto indices, taken_indices(call));
  Space space{{}, {0, 0}};
  for (size_t i = 0; i < indices.size(); ++i) {
    const int64_t repeats = repeats_of(indices[i], x.shape[i]);
    if (repeats == 0) return without_generator(call, call.node().type + " by a factor that is not whole");
    space.axes.push_back({x.shape[i], {repeats * y.steps[i], x.steps[i]}});
    space.axes.push_back({repeats, {y.steps[i], 0}});
  }
  add_copy(builder, space, y, x);
  return {};
}

constexpr std::array kResizeGenerators{
    Generator{"Resize", nullptr, resize},
    Generator{"Upsample", nullptr, resize},
};

}  // namespace

std::span<const Generator> resize_generators() { return kResizeGenerators; }

}  // namespace tamis::network
