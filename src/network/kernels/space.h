#pragma once

#include "targets/loop/program.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// An axis that a program goes along: how many places it has, and how many elements further each of several
/// operands is at the next one; 0 for an operand that is the same all along it.
struct Axis {
  int64_t extent = 1;
  std::vector<int64_t> steps;
  bool reduced = false;  ///< places are put together to one result
};

/// The places that a program visits, as a product of axes: the first operand is what orders them.
struct Space {
  std::vector<Axis> axes;
  std::vector<int64_t> offsets;  ///< of each operand, at the first place
};

/// The same places in the order in which the first operand lies in memory, outermost first, in as few axes as
/// can be: axes of one place are left out, and neighbours that all operands see as one are one. There is at
/// least one axis.
Space merged(Space space);

/// A value, given the place of each operand in its memory.
using ValueAt = std::function<loop::Value(std::span<const loop::Affine> places)>;

/// What loops are shaped for.
struct LoopShape {
  int64_t lanes = 16;   ///< elements of a vector
  int64_t threads = 1;  ///< that the outermost loops are shared out among, where there is enough to do
};

/// The largest power of two that is not above `number`, which is at least 1.
int64_t power_of_two_below(int64_t number);

/// A part of an axis: `blocks` times `unrolled` times `lanes` places from `begin` on.
struct Part {
  int64_t begin = 0;
  int64_t blocks = 1;
  int64_t unrolled = 1;
  int64_t lanes = 1;
};

/// Parts that cover an axis of so many places, in vectors of at most `lanes`. `may_overlap`: the last part
/// may begin before the end of the one before, where that saves smaller vectors.
std::vector<Part> parts_of(int64_t extent, int64_t lanes, bool may_overlap);

/// Marks the outermost loops of a nest to be shared out among threads, so many that all have something to do;
/// none where the nest, which visits so many places, is too small.
void share_out(loop::Nest& nest, int64_t places, const LoopShape& shape);

/// The index of a buffer of several dimensions, given the place of each operand.
using IndexAt = std::function<std::vector<loop::Affine>(std::span<const loop::Affine> places)>;

/// Nests that store `value` at every place of a space to its first operand, a buffer that no load of `value`
/// reads: of one dimension, or one that is indexed by `index`. Some places may be stored twice.
std::vector<loop::Nest> store_everywhere(const Space& space, const std::string& buffer, const ValueAt& value,
                                         const LoopShape& shape, const IndexAt& index = {});

/// The same as one nest inside the loops of another: `origin` says where the first place lies in each operand
/// in these loops, on top of the space's offsets. It shares nothing out among threads. There must be places.
/// Unless places may be stored twice, `value` may load what it replaces.
loop::Nest store_inside(const Space& space, std::span<const loop::Affine> origin, const std::string& buffer,
                        const ValueAt& value, int64_t lanes, bool may_overlap);

/// What is stored to a buffer of one dimension, and the place there, an int64.
struct Scattered {
  loop::Value place;
  loop::Value value;
};
using ScatteredAt = std::function<Scattered(std::span<const loop::Affine> places)>;

/// A nest that stores to places that depend on data: one place of the space after the other, in the order of
/// its axes as they are, but for vectors of at most `lanes` along the last one. No operand is special. There
/// must be places.
loop::Nest scatter_nest(const Space& space, const std::string& buffer, const ScatteredAt& scattered,
                        int64_t lanes);

}  // namespace tamis::network
