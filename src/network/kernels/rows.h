#pragma once

#include "network/kernels/builder.h"

#include <functional>
#include <string>
#include <vector>

namespace tamis::network {

/// What puts an element to a result so far.
using Combine = std::function<loop::Value(const loop::Value& so_far, const loop::Value& element)>;

/// How many elements of a vector are together along the axes that are reduced, or along those that are kept.
enum class LanesAlong { whichever_lies_innermost, kept };

/// Writes a nest for operators that put all elements along some axes together, several times one after the
/// other: a Softmax needs the largest, then the sum. All functions add a stage that runs for each row, which
/// is what is put together to one result; their values may load what earlier stages stored.
///
/// Where the innermost axis in memory is reduced, a row is summed in vectors whose lanes are put together at
/// the end; where it is kept, the lanes of a vector are rows of their own.
class Rows {
 public:
  /// Calls `write` for one or several nests, which together go over all rows of a space, whose first operand
  /// orders it. It must write the same each time, and no more than it wrote before where rows overlap.
  static void make(KernelBuilder& builder, const Space& space, LanesAlong lanes,
                   const std::function<void(Rows&)>& write);

  /// All elements of the row put together, from `initial` on.
  loop::Value reduce(const loop::Value& initial, const Combine& combine, const ValueAt& element);
  /// The sum of the products of two elements, each rounded once.
  loop::Value sum_of_products(const ValueAt& left, const ValueAt& right);
  /// A value of the row, computed once.
  loop::Value keep(const loop::Value& value);
  /// Stores a value for every element of the row to an operand.
  void store_each(size_t operand, const std::string& buffer, const ValueAt& value);
  /// Stores one value for the row; places are of its first element.
  void store(size_t operand, const std::string& buffer, const ValueAt& value);

 private:
  /// Loops of a stage and where they are in the operands.
  struct Cursor {
    std::vector<loop::Loop> loops;
    std::vector<loop::Affine> places;
  };

  Rows(KernelBuilder& builder, const Space& space) : builder_(&builder), space_(&space) {}

  void enter(Cursor& cursor, const std::string& name, int64_t extent, const std::vector<int64_t>& steps,
             int64_t times, loop::LoopKind kind, bool reduction) const;
  void enter_reduced(Cursor& cursor, bool reduction) const;
  void enter_lanes(Cursor& cursor) const;
  [[nodiscard]] bool lanes_are_kept() const { return part_ != nullptr; }
  void add_stage(Cursor cursor, loop::Access output, const loop::Value& value);
  /// What a result becomes by the element at these places.
  using UpdateAt =
      std::function<loop::Value(const loop::Value& so_far, std::span<const loop::Affine> places)>;

  void add_reduction(Cursor cursor, loop::Access output, const loop::Value& initial, const UpdateAt& update);
  loop::Value reduce_by(const loop::Value& initial, const Combine& combine, const UpdateAt& update);
  loop::Value reduce_inside(const loop::Value& initial, const Combine& combine, const UpdateAt& update);
  void fold(const std::string& buffer, loop::Element type, int64_t unrolled, int64_t lanes,
            const Combine& combine);

  KernelBuilder* builder_;
  const Space* space_;
  std::vector<size_t> reduced_;    ///< axes that every stage goes along; not the innermost where lanes are
  const Axis* inner_ = nullptr;    ///< the axis of the lanes
  const Part* part_ = nullptr;     ///< of a kept axis of lanes
  bool unrolls_ = false;           ///< the reduced axes are short
  std::vector<loop::Affine> row_;  ///< where the row begins in each operand
  loop::Nest nest_;
};

/// The sum and the largest of a row.
loop::Value sum_of_row(Rows& rows, const ValueAt& element);
loop::Value largest_of_row(Rows& rows, const ValueAt& element);

}  // namespace tamis::network
