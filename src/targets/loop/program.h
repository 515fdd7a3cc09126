#pragma once

#include "targets/loop/value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tamis::loop {

/// Where a buffer lies.
enum class Storage {
  argument,          ///< given by the caller
  workspace,         ///< memory that lives as long as a call, one for all threads
  thread_workspace,  ///< the same, one for each thread
  registers,         ///< small, with indexes that unrolling makes constant
  shared,            ///< memory of each group of a launch, which its items share
};

/// A dense array, row-major in the order of its extents. Workspaces begin at multiples of 64 bytes.
struct Buffer {
  std::string name;
  Element element = Element::float32;
  std::vector<int64_t> extents = {};
  Storage storage = Storage::argument;
  bool written = false;  ///< an argument that the program writes

  int64_t elements() const;
};

/// How a loop is run. The kinds from group_x on are for GPUs: a nest that has them is one launch. Its groups
/// run the iterations of loops over groups, which are outermost, and the items of a group those of loops over
/// items, inside of which there is no barrier. Loops of one kind inside one another share the axis: the
/// innermost changes fastest.
///
/// Loops of the kind `matrix` run as any others do. They are what the 32 items of a warp compute together by
/// instructions that multiply matrices, where a language has such: they lie right inside one another around a
/// single store, c = c + a * b (of elements that are summed, so perhaps converted), where c is in registers,
/// a and b in shared memory. In this order they are loops over rows of c, the innermost of which has 2
/// iterations; over columns of c, the innermost of which has 2; one over what is summed, of 32 bytes of a and
/// of b. The two innermost loops over items around have 8 iterations, of rows, and 4, of columns, and the
/// items of a warp run all of both.
enum class LoopKind {
  serial,
  parallel,
  unrolled,
  vectorized,
  matrix,
  group_x,
  group_y,
  group_z,
  item_x,
  item_y,
  item_z
};
/// Whether a loop runs over the groups of a launch; over the items of a group.
constexpr bool is_group(LoopKind kind) { return kind >= LoopKind::group_x && kind <= LoopKind::group_z; }
constexpr bool is_item(LoopKind kind) { return kind >= LoopKind::item_x; }

/// A loop from 0 to below `extent`. Where it came from a split that does not divide, or covers a block of
/// something that ends earlier, the last iterations of outer loops leave less to do: then the extent is the
/// smallest of `extent` and `limits`, affines of those outer loops, and lowering peels their last iterations.
struct Loop {
  std::string name;
  int64_t extent = 1;
  bool reduction = false;
  LoopKind kind = LoopKind::serial;
  std::vector<Affine> limits = {};
  bool peel_ends = false;  ///< lower the first and last iteration apart, as conditions differ there
  friend bool operator==(const Loop&, const Loop&) = default;
};

/// An index that is known only when the program runs: that of a dimension is the integer `index`, held to
/// what the buffer has there.
struct StoreAt {
  size_t dimension = 0;
  Value index;
};

/// What a stage fetches of a buffer before its update reads it: lines from an element on, in each iteration
/// of a loop. That and the loops around it are what the element depends on.
struct ReadAhead {
  std::string buffer;
  Affine first;        ///< the number of that element
  int64_t lines = 1;   ///< of kCacheLine bytes
  std::string inside;  ///< a reduction inside of the tile; empty: once for each tile
};
inline constexpr int64_t kCacheLine = 64;

/// A perfect nest of loops that computes one buffer:
///
///     for ...: output = initial            over the loops that are not reductions
///       for ...: output = update(output)   over the reductions; `accumulated` stands for the output so far
///     output = finish(output)
///
/// Steps of a reduction where `update_if` does not hold are left out, as those that would add zeros of a
/// padding. Without reductions only `finish` counts, which then has no `accumulated` in it. The order of
/// `loops`, outermost first, is a choice of the schedule, as is `tile_depth`: from that loop on the output is
/// kept in registers, all its loops that are not reductions are then unrolled or vectorized.
struct Stage {
  std::string name;
  std::vector<Loop> loops;
  Access output;
  Value initial;
  Value update;
  Value finish;
  Conditions update_if = {};
  Conditions store_if = {};  ///< where the output lies outside its buffer it is not stored
  /// The output, in shared memory, may have its value as late as behind the barrier that waits for it
  /// (Barrier::pending). Only without reductions.
  bool asynchronous = false;
  size_t tile_depth = 0;
  /// An index of `output`, there written as 0. Only without reductions.
  std::optional<StoreAt> store_at = {};
  /// Only with reductions.
  std::optional<ReadAhead> read_ahead = {};

  bool reduces() const;
};

/// Where the items of a group wait for one another: what they wrote to shared memory before, all of them see
/// behind it. Of asynchronous stores that holds only where the barrier waits for them.
struct Barrier {
  /// false: nobody waits; the asynchronous stores since the last such place are a batch.
  bool waits = true;
  /// How many batches, the latest ones, need not be in memory behind the barrier; those before are.
  std::optional<int64_t> pending = {};
};
std::string to_string(const Barrier& barrier);

/// Loops around several stages or nests, which run one after the other in each iteration.
struct Nest {
  std::vector<Loop> loops;
  std::vector<std::variant<Stage, Nest, Barrier>> body;
};

/// What computes a workload: nests that run one after the other over buffers. Loops have names of their own
/// along every path from the root.
struct Program {
  std::string name;
  std::vector<Buffer> buffers;
  std::vector<Nest> nests;

  const Buffer* find(const std::string& buffer) const;
};

/// The program as a reader writes loops; a reduction stage by its definition, with its loops as scheduled.
std::string to_string(const Program& program);
std::string to_string(const Buffer& buffer);
/// `for`, `parallel for`, ... with the loop's name and range.
std::string to_string(const Loop& loop);

}  // namespace tamis::loop
