#pragma once

#include "targets/cpu/codegen/machine.h"
#include "targets/loop/statement.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

#include <llvm/IR/IRBuilder.h>

namespace tamis::cpu {

using namespace loop;

/// The vectorized loop whose body is being emitted.
struct Lanes {
  std::string loop;
  int64_t count = 1;
};

/// Emits values, accesses and conditions at the place where a builder stands. Inside a vectorized loop a
/// value is a vector of its lanes, or a scalar where all lanes have the same.
class ValueEmitter {
 public:
  ValueEmitter(llvm::IRBuilder<>& builder, const LoweredProgram& program, const Machine& machine)
      : builder_(builder), program_(program), machine_(machine) {}

  /// Where a buffer begins.
  void set_base(const std::string& buffer, llvm::Value* pointer) { bases_[buffer] = pointer; }
  /// What a loop's variable is: an i64, or a number while its loop is unrolled.
  void bind(const std::string& loop, std::variant<int64_t, llvm::Value*> value) { loops_[loop] = value; }
  void set_lanes(const Lanes* lanes) { lanes_ = lanes; }
  const Lanes* lanes() const { return lanes_; }

  llvm::Value* emit(const Value& value);
  /// The store of a value to an element, or to one element for each lane.
  void store(const Access& to, llvm::Value* value);
  /// The same where the place depends on data; of lanes that have the same place the last one stays.
  void store_at(const Access& to, const StoreAt& at, llvm::Value* value);
  void prefetch(const Prefetch& prefetch);
  /// A square of copies, rows unrolled and lanes vectorized, that lies together along the rows where it comes
  /// from and along the lanes where it goes: turned around in registers. Whether the loop is one.
  bool emit_turned(const For& rows);
  /// The same for vectors whose elements are each stored several times, side by side.
  bool emit_repeated(const For& times);
  /// An i1, or nullptr where the conditions hold for certain; `never` is set where they cannot hold.
  llvm::Value* emit(const Conditions& conditions, bool& never);
  /// Whether the conditions differ between the lanes.
  bool lanes_differ(const Conditions& conditions) const;
  /// What an element is in memory.
  llvm::Type* type(Element element) const;

 private:
  /// What an element is in a register: a boolean is one bit.
  llvm::Type* register_type(Element element) const;
  llvm::Value* from_memory(llvm::Value* value, Element element);
  llvm::Value* emit_load(const Access& access, Element element);
  llvm::Value* emit_load_at(const Value& value);
  /// How far an index that is held to a dimension of a buffer leads.
  llvm::Value* held_distance(const std::string& buffer, size_t dimension, llvm::Value* index);
  llvm::Value* emit_quotient(llvm::Value* a, llvm::Value* b);
  void exchange(std::vector<llvm::Value*>& vectors, int64_t distance);
  llvm::Value* emit_position(const Affine& place);
  llvm::Value* emit_unary(const Value& value);
  llvm::Value* emit_rounded(Value::Kind kind, llvm::Value* x);
  llvm::Value* emit_select(const Value& value);
  llvm::Value* emit_comparison(Value::Kind kind, bool real, llvm::Value* a, llvm::Value* b);
  llvm::Value* emit_cut(llvm::Value* from, llvm::Type* to);
  llvm::Value* emit_binary(const Value& value);
  llvm::Value* emit_guarded(const Value& value);
  llvm::Value* emit_dot4(const Value& value);
  llvm::Value* emit_convert(const Value& value);
  llvm::Value* sum_of_products(llvm::Value* bytes, llvm::Value* weights, llvm::Value* sum, int64_t lanes);
  /// Emits once for each lane and joins the results to a vector.
  llvm::Value* emit_by_lane(const Value& value);
  Affine flat_index(const Access& access) const;
  llvm::Value* emit(const Affine& affine);
  llvm::Value* pointer(const std::string& buffer, const Affine& flat);
  llvm::Value* widen(llvm::Value* value, int64_t lanes);
  void match(llvm::Value*& a, llvm::Value*& b);

  llvm::IRBuilder<>& builder_;
  const LoweredProgram& program_;
  const Machine& machine_;
  std::map<std::string, llvm::Value*> bases_;
  std::map<std::string, std::variant<int64_t, llvm::Value*>> loops_;
  const Lanes* lanes_ = nullptr;
};

}  // namespace tamis::cpu
