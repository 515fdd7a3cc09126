#pragma once

#include "targets/cpu/codegen/value_emitter.h"

#include <vector>

namespace tamis::cpu {

/// Emits the statements of a nest into a function, at the place where the builder stands.
class StatementEmitter {
 public:
  StatementEmitter(llvm::IRBuilder<>& builder, ValueEmitter& values) : builder_(builder), values_(values) {}

  void emit(const std::vector<Statement>& statements);
  /// A loop around whatever `body` emits, which is given the loop's variable; that runs from `begin` to below
  /// `end` and is bound.
  template <class Body>
  void loop(const std::string& name, llvm::Value* begin, llvm::Value* end, const Body& body);

 private:
  void emit(const For& loop);
  void emit(const Store& store);
  void emit(const If& branch);
  void emit(const Prefetch& prefetch);
  void emit(const Barrier&) {}  // compile() has refused programs that have one
  /// For what differs between lanes: the statements once for each lane.
  void emit_by_lane(const std::vector<Statement>& statements);

  llvm::IRBuilder<>& builder_;
  ValueEmitter& values_;
};

template <class Body>
void StatementEmitter::loop(const std::string& name, llvm::Value* begin, llvm::Value* end, const Body& body) {
  llvm::Function* function = builder_.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  auto* head = llvm::BasicBlock::Create(builder_.getContext(), name, function);
  auto* after = llvm::BasicBlock::Create(builder_.getContext(), name + "_end", function);
  builder_.CreateCondBr(builder_.CreateICmpSLT(begin, end), head, after);
  builder_.SetInsertPoint(head);
  llvm::PHINode* variable = builder_.CreatePHI(builder_.getInt64Ty(), 2, name);
  variable->addIncoming(begin, before);
  values_.bind(name, variable);
  body(variable);
  llvm::Value* next = builder_.CreateNSWAdd(variable, builder_.getInt64(1));
  variable->addIncoming(next, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpSLT(next, end), head, after);
  builder_.SetInsertPoint(after);
}

}  // namespace tamis::cpu
