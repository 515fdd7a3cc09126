#include "targets/cpu/codegen/statement_emitter.h"

namespace tamis::cpu {

void StatementEmitter::emit(const std::vector<Statement>& statements) {
  for (const Statement& statement : statements)
    std::visit([&](const auto& step) { emit(step); }, statement.step);
}

void StatementEmitter::emit(const For& step) {
  if (step.kind == LoopKind::vectorized && step.extent > 1) {
    const Lanes lanes{step.loop, step.extent};
    values_.set_lanes(&lanes);
    emit(step.body);
    values_.set_lanes(nullptr);
    return;
  }
  if (values_.emit_turned(step) || values_.emit_repeated(step)) return;
  if (step.kind != LoopKind::serial || step.extent == 1) {
    for (int64_t i = 0; i < step.extent; ++i) {
      values_.bind(step.loop, i);
      emit(step.body);
    }
    return;
  }
  loop(step.loop, builder_.getInt64(0), builder_.getInt64(static_cast<uint64_t>(step.extent)),
       [&](llvm::Value*) { emit(step.body); });
}

void StatementEmitter::emit(const Store& step) {
  llvm::Value* value = values_.emit(step.value);
  if (step.at) {
    values_.store_at(step.to, *step.at, value);
  } else {
    values_.store(step.to, value);
  }
}

void StatementEmitter::emit(const Prefetch& prefetch) { values_.prefetch(prefetch); }

void StatementEmitter::emit_by_lane(const std::vector<Statement>& statements) {
  const Lanes lanes = *values_.lanes();
  const Lanes* before = values_.lanes();
  values_.set_lanes(nullptr);
  for (int64_t lane = 0; lane < lanes.count; ++lane) {
    values_.bind(lanes.loop, lane);
    emit(statements);
  }
  values_.set_lanes(before);
}

void StatementEmitter::emit(const If& step) {
  if (values_.lanes_differ(step.conditions)) return emit_by_lane({{step}});
  bool never = false;
  llvm::Value* holds = values_.emit(step.conditions, never);
  if (never) return emit(step.otherwise);
  if (holds == nullptr) return emit(step.then);
  llvm::Function* function = builder_.GetInsertBlock()->getParent();
  auto* then = llvm::BasicBlock::Create(builder_.getContext(), "then", function);
  auto* otherwise = llvm::BasicBlock::Create(builder_.getContext(), "else", function);
  auto* after = llvm::BasicBlock::Create(builder_.getContext(), "after", function);
  builder_.CreateCondBr(holds, then, otherwise);
  builder_.SetInsertPoint(then);
  emit(step.then);
  builder_.CreateBr(after);
  builder_.SetInsertPoint(otherwise);
  emit(step.otherwise);
  builder_.CreateBr(after);
  builder_.SetInsertPoint(after);
}

}  // namespace tamis::cpu
