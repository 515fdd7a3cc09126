#include "targets/cpu/codegen/value_emitter.h"

#include "targets/cpu/codegen/approximations.h"
#include "targets/cpu/codegen/halves.h"

#include <cmath>

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

namespace tamis::cpu {

using Kind = Value::Kind;

llvm::Type* ValueEmitter::type(Element element) const {
  switch (element) {
    case Element::float32:
      return builder_.getFloatTy();
    case Element::int8:
    case Element::uint8:
      return builder_.getInt8Ty();
    case Element::int32:
      return builder_.getInt32Ty();
    case Element::int64:
      return builder_.getInt64Ty();
    case Element::boolean:
      return builder_.getInt8Ty();
    // As their bits: LLVM may call functions of a runtime library for its own types of 16 bits.
    case Element::float16:
    case Element::bfloat16:
      return builder_.getInt16Ty();
  }
  return nullptr;
}

llvm::Type* ValueEmitter::register_type(Element element) const {
  return element == Element::boolean ? builder_.getInt1Ty() : type(element);
}

llvm::Value* ValueEmitter::from_memory(llvm::Value* value, Element element) {
  return element == Element::boolean ? builder_.CreateIsNotNull(value) : value;
}

Affine ValueEmitter::flat_index(const Access& access) const {
  const Buffer& buffer = *program_.find(access.buffer);
  Affine flat;
  for (size_t i = 0; i < access.index.size(); ++i) {
    flat *= buffer.extents[i];
    flat += access.index[i];
  }
  return flat;
}

llvm::Value* ValueEmitter::emit(const Affine& affine) {
  int64_t constant = affine.constant();
  llvm::Value* sum = nullptr;
  for (const Affine::Term& term : affine.terms()) {
    const auto& bound = loops_.at(term.loop);
    if (const int64_t* number = std::get_if<int64_t>(&bound)) {
      constant += *number * term.factor;
      continue;
    }
    llvm::Value* part = builder_.CreateNSWMul(std::get<llvm::Value*>(bound),
                                              builder_.getInt64(static_cast<uint64_t>(term.factor)));
    sum = sum == nullptr ? part : builder_.CreateNSWAdd(sum, part);
  }
  llvm::Value* number = builder_.getInt64(static_cast<uint64_t>(constant));
  if (sum == nullptr) return number;
  return constant == 0 ? sum : builder_.CreateNSWAdd(sum, number);
}

llvm::Value* ValueEmitter::pointer(const std::string& buffer, const Affine& flat) {
  // The constant part is a step of its own, so that neighbouring elements share the rest of their address.
  Affine variable = flat;
  int64_t constant = flat.constant();
  for (const Affine::Term& term : flat.terms())
    if (const int64_t* number = std::get_if<int64_t>(&loops_.at(term.loop))) {
      constant += *number * term.factor;
      variable = variable.substitute(term.loop, 0);
    }
  variable += Affine(-variable.constant());
  const Element element = program_.find(buffer)->element;
  llvm::Value* base = bases_.at(buffer);
  if (!variable.is_constant()) base = builder_.CreateInBoundsGEP(type(element), base, emit(variable));
  if (constant == 0) return base;
  return builder_.CreateInBoundsGEP(type(element), base, builder_.getInt64(static_cast<uint64_t>(constant)));
}

llvm::Value* ValueEmitter::emit_load(const Access& access, Element element) {
  const Affine flat = flat_index(access);
  const llvm::Align align(static_cast<uint64_t>(bytes(element)));
  const int64_t step = lanes_ == nullptr ? 0 : flat.factor(lanes_->loop);
  if (step == 0)
    return from_memory(builder_.CreateAlignedLoad(type(element), pointer(access.buffer, flat), align),
                       element);
  if (step != 1) return emit_by_lane(Value::load(access, element));
  auto* vector = llvm::FixedVectorType::get(type(element), static_cast<unsigned>(lanes_->count));
  llvm::Value* first = pointer(access.buffer, flat.substitute(lanes_->loop, 0));
  return from_memory(builder_.CreateAlignedLoad(vector, first, align), element);
}

llvm::Value* ValueEmitter::held_distance(const std::string& name, size_t dimension, llvm::Value* index) {
  const Buffer& buffer = *program_.find(name);
  int64_t distance = 1;
  for (size_t i = dimension + 1; i < buffer.extents.size(); ++i) distance *= buffer.extents[i];
  index = builder_.CreateSExt(index, builder_.getInt64Ty());
  llvm::Value* last = builder_.getInt64(static_cast<uint64_t>(buffer.extents[dimension] - 1));
  index = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, index, last);
  index = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smax, index, builder_.getInt64(0));
  return builder_.CreateNSWMul(index, builder_.getInt64(static_cast<uint64_t>(distance)));
}

llvm::Value* ValueEmitter::emit_position(const Affine& place) {
  const int64_t step = lanes_ == nullptr ? 0 : place.factor(lanes_->loop);
  if (step == 0) return emit(place);
  llvm::Value* first = emit(place.substitute(lanes_->loop, 0));
  std::vector<uint64_t> steps;
  for (int64_t lane = 0; lane < lanes_->count; ++lane) steps.push_back(static_cast<uint64_t>(lane * step));
  return builder_.CreateAdd(widen(first, lanes_->count),
                            llvm::ConstantDataVector::get(builder_.getContext(), steps));
}

llvm::Value* ValueEmitter::emit_load_at(const Value& value) {
  const Access& access = value->access;
  const Element element = value->element;
  const llvm::Align align(static_cast<uint64_t>(bytes(element)));
  llvm::Value* index = emit(value->operands[0]);
  const auto at = [&](const Affine& flat, llvm::Value* number) {
    return builder_.CreateInBoundsGEP(type(element), pointer(access.buffer, flat),
                                      held_distance(access.buffer, value->dimension, number));
  };
  const Affine flat = flat_index(access);
  const int64_t step = lanes_ == nullptr ? 0 : flat.factor(lanes_->loop);
  const bool differs = index->getType()->isVectorTy();
  if (!differs && step == 0)
    return from_memory(builder_.CreateAlignedLoad(type(element), at(flat, index), align), element);
  auto* vector = llvm::FixedVectorType::get(type(element), static_cast<unsigned>(lanes_->count));
  if (!differs && step == 1)
    return from_memory(builder_.CreateAlignedLoad(vector, at(flat.substitute(lanes_->loop, 0), index), align),
                       element);
  llvm::Value* joined = llvm::PoisonValue::get(vector);
  for (int64_t lane = 0; lane < lanes_->count; ++lane) {
    llvm::Value* number = differs ? builder_.CreateExtractElement(index, static_cast<uint64_t>(lane)) : index;
    llvm::Value* one =
        builder_.CreateAlignedLoad(type(element), at(flat.substitute(lanes_->loop, lane), number), align);
    joined = builder_.CreateInsertElement(joined, one, static_cast<uint64_t>(lane));
  }
  return from_memory(joined, element);
}

void ValueEmitter::store(const Access& to, llvm::Value* value) {
  const Affine flat = flat_index(to);
  const Element element = program_.find(to.buffer)->element;
  const llvm::Align align(static_cast<uint64_t>(bytes(element)));
  if (element == Element::boolean)
    value = builder_.CreateZExt(value, value->getType()->getWithNewType(builder_.getInt8Ty()));
  const int64_t step = lanes_ == nullptr ? 0 : flat.factor(lanes_->loop);
  if (step == 0) {
    builder_.CreateAlignedStore(value, pointer(to.buffer, flat), align);
    return;
  }
  value = widen(value, lanes_->count);
  if (step == 1) {
    builder_.CreateAlignedStore(value, pointer(to.buffer, flat.substitute(lanes_->loop, 0)), align);
    return;
  }
  for (int64_t lane = 0; lane < lanes_->count; ++lane)
    builder_.CreateAlignedStore(builder_.CreateExtractElement(value, static_cast<uint64_t>(lane)),
                                pointer(to.buffer, flat.substitute(lanes_->loop, lane)), align);
}

void ValueEmitter::store_at(const Access& to, const StoreAt& at, llvm::Value* value) {
  const Element element = program_.find(to.buffer)->element;
  const llvm::Align align(static_cast<uint64_t>(bytes(element)));
  llvm::Value* index = emit(at.index);
  const auto place = [&](const Affine& flat, llvm::Value* number) {
    return builder_.CreateInBoundsGEP(type(element), pointer(to.buffer, flat),
                                      held_distance(to.buffer, at.dimension, number));
  };
  if (element == Element::boolean)
    value = builder_.CreateZExt(value, value->getType()->getWithNewType(builder_.getInt8Ty()));
  const Affine flat = flat_index(to);
  if (lanes_ == nullptr) {
    builder_.CreateAlignedStore(value, place(flat, index), align);
    return;
  }
  value = widen(value, lanes_->count);
  const bool differs = index->getType()->isVectorTy();
  if (!differs && flat.factor(lanes_->loop) == 1) {
    builder_.CreateAlignedStore(value, place(flat.substitute(lanes_->loop, 0), index), align);
    return;
  }
  for (int64_t lane = 0; lane < lanes_->count; ++lane) {
    llvm::Value* number = differs ? builder_.CreateExtractElement(index, static_cast<uint64_t>(lane)) : index;
    builder_.CreateAlignedStore(builder_.CreateExtractElement(value, static_cast<uint64_t>(lane)),
                                place(flat.substitute(lanes_->loop, lane), number), align);
  }
}

void ValueEmitter::prefetch(const Prefetch& prefetch) {
  constexpr uint32_t kRead = 0, kSecondCache = 2, kData = 1;
  // Behind the buffer's end there may be no memory, which a prefetch does not mind but an address in bounds
  // would.
  llvm::Value* first = builder_.CreateGEP(type(program_.find(prefetch.buffer)->element),
                                          bases_.at(prefetch.buffer), emit(prefetch.first));
  for (int64_t line = 0; line < prefetch.lines; ++line) {
    llvm::Value* place = builder_.CreateGEP(builder_.getInt8Ty(), first,
                                            builder_.getInt64(static_cast<uint64_t>(line * kCacheLine)));
    builder_.CreateIntrinsic(
        llvm::Intrinsic::prefetch, {place->getType()},
        {place, builder_.getInt32(kRead), builder_.getInt32(kSecondCache), builder_.getInt32(kData)});
  }
}

/// Exchanges, in each pair of vectors `distance` apart, the lanes of the first that have this bit in their
/// number with those of the second that have not.
void ValueEmitter::exchange(std::vector<llvm::Value*>& vectors, int64_t distance) {
  const auto count = static_cast<int64_t>(vectors.size());
  std::vector<int> first;
  std::vector<int> second;
  for (int64_t lane = 0; lane < count; ++lane) {
    const bool has_bit = (lane & distance) != 0;
    first.push_back(static_cast<int>(has_bit ? count + lane - distance : lane));
    second.push_back(static_cast<int>(has_bit ? count + lane : lane + distance));
  }
  for (int64_t i = 0; i < count; ++i) {
    if ((i & distance) != 0) continue;
    llvm::Value*& a = vectors[static_cast<size_t>(i)];
    llvm::Value*& b = vectors[static_cast<size_t>(i + distance)];
    llvm::Value* low = builder_.CreateShuffleVector(a, b, first);
    b = builder_.CreateShuffleVector(a, b, second);
    a = low;
  }
}

bool ValueEmitter::emit_turned(const For& rows) {
  const int64_t side = rows.extent;
  if (rows.kind != LoopKind::unrolled || lanes_ != nullptr || rows.body.size() != 1) return false;
  const auto* lanes = std::get_if<For>(&rows.body[0].step);
  const bool is_square = lanes != nullptr && lanes->kind == LoopKind::vectorized && lanes->extent == side &&
                         side > 1 && (side & (side - 1)) == 0 && lanes->body.size() == 1;
  const auto* store = is_square ? std::get_if<Store>(&lanes->body[0].step) : nullptr;
  if (store == nullptr || store->at || store->value->kind != Kind::load) return false;
  const Affine from = flat_index(store->value->access);
  const Affine to = flat_index(store->to);
  const bool turns =
      from.factor(rows.loop) == 1 && from.factor(lanes->loop) > 1 && to.factor(lanes->loop) == 1;
  const bool apart = store->to.buffer != store->value->access.buffer;
  if (!turns || !apart || program_.find(store->to.buffer)->element != store->value->element) return false;
  const Element element = store->value->element;
  const llvm::Align align(static_cast<uint64_t>(bytes(element)));
  auto* vector = llvm::FixedVectorType::get(type(element), static_cast<unsigned>(side));
  std::vector<llvm::Value*> square;
  for (int64_t lane = 0; lane < side; ++lane) {
    const Affine place = from.substitute(rows.loop, 0).substitute(lanes->loop, lane);
    square.push_back(builder_.CreateAlignedLoad(vector, pointer(store->value->access.buffer, place), align));
  }
  for (int64_t distance = 1; distance < side; distance *= 2) exchange(square, distance);
  for (int64_t row = 0; row < side; ++row) {
    const Affine place = to.substitute(rows.loop, row).substitute(lanes->loop, 0);
    builder_.CreateAlignedStore(square[static_cast<size_t>(row)], pointer(store->to.buffer, place), align);
  }
  return true;
}

bool ValueEmitter::emit_repeated(const For& times) {
  if (times.kind != LoopKind::unrolled || lanes_ != nullptr || times.body.size() != 1) return false;
  const auto* lanes = std::get_if<For>(&times.body[0].step);
  const bool is_vector =
      lanes != nullptr && lanes->kind == LoopKind::vectorized && lanes->extent > 1 && lanes->body.size() == 1;
  const auto* store = is_vector ? std::get_if<Store>(&lanes->body[0].step) : nullptr;
  if (store == nullptr || store->at || store->value->kind != Kind::load) return false;
  const Affine from = flat_index(store->value->access);
  const Affine to = flat_index(store->to);
  const bool repeats = from.factor(times.loop) == 0 && from.factor(lanes->loop) == 1 &&
                       to.factor(times.loop) == 1 && to.factor(lanes->loop) == times.extent;
  if (!repeats || program_.find(store->to.buffer)->element != store->value->element) return false;
  const llvm::Align align(static_cast<uint64_t>(bytes(store->value->element)));
  auto* vector =
      llvm::FixedVectorType::get(type(store->value->element), static_cast<unsigned>(lanes->extent));
  llvm::Value* loaded = builder_.CreateAlignedLoad(
      vector, pointer(store->value->access.buffer, from.substitute(lanes->loop, 0)), align);
  const Affine first = to.substitute(times.loop, 0).substitute(lanes->loop, 0);
  for (int64_t part = 0; part < times.extent; ++part) {
    std::vector<int> mask;
    for (int64_t lane = 0; lane < lanes->extent; ++lane)
      mask.push_back(static_cast<int>((part * lanes->extent + lane) / times.extent));
    builder_.CreateAlignedStore(builder_.CreateShuffleVector(loaded, mask),
                                pointer(store->to.buffer, first + Affine(part * lanes->extent)), align);
  }
  return true;
}

llvm::Value* ValueEmitter::widen(llvm::Value* value, int64_t lanes) {
  if (value->getType()->isVectorTy()) return value;
  return builder_.CreateVectorSplat(static_cast<unsigned>(lanes), value);
}

void ValueEmitter::match(llvm::Value*& a, llvm::Value*& b) {
  if (a->getType()->isVectorTy() == b->getType()->isVectorTy()) return;
  a = widen(a, lanes_->count);
  b = widen(b, lanes_->count);
}

llvm::Value* ValueEmitter::emit_by_lane(const Value& value) {
  const Lanes lanes = *lanes_;
  const Lanes* before = lanes_;
  lanes_ = nullptr;
  llvm::Value* joined = llvm::PoisonValue::get(
      llvm::FixedVectorType::get(register_type(value->element), static_cast<unsigned>(lanes.count)));
  for (int64_t lane = 0; lane < lanes.count; ++lane) {
    bind(lanes.loop, lane);
    joined = builder_.CreateInsertElement(joined, emit(value), static_cast<uint64_t>(lane));
  }
  loops_.erase(lanes.loop);
  lanes_ = before;
  return joined;
}

llvm::Value* ValueEmitter::emit_binary(const Value& value) {
  llvm::Value* a = emit(value->operands[0]);
  llvm::Value* b = emit(value->operands[1]);
  match(a, b);
  const bool real = value->operands[0]->element == Element::float32;
  const bool logical = value->element == Element::boolean;
  switch (value->kind) {
    case Kind::less:
    case Kind::less_or_equal:
    case Kind::equal:
      return emit_comparison(value->kind, real, a, b);
    case Kind::add:
      return real ? builder_.CreateFAdd(a, b) : builder_.CreateAdd(a, b);
    case Kind::subtract:
      return real ? builder_.CreateFSub(a, b) : builder_.CreateSub(a, b);
    case Kind::multiply:
      return real ? builder_.CreateFMul(a, b) : builder_.CreateMul(a, b);
    case Kind::shift_right:
      return builder_.CreateAShr(a, b);
    case Kind::divide:
      return real ? builder_.CreateFDiv(a, b) : emit_quotient(a, b);
    // Comparisons with what is not a number do not hold, so that a stays as it is.
    case Kind::minimum:
      if (logical) return builder_.CreateAnd(a, b);
      return real ? builder_.CreateSelect(builder_.CreateFCmpOLT(b, a), b, a)
                  : builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
    default:
      if (logical) return builder_.CreateOr(a, b);
      return real ? builder_.CreateSelect(builder_.CreateFCmpOGT(b, a), b, a)
                  : builder_.CreateSelect(builder_.CreateICmpSGT(a, b), a, b);
  }
}

/// Processors end a program that divides by 0, or the least integer by -1.
llvm::Value* ValueEmitter::emit_quotient(llvm::Value* a, llvm::Value* b) {
  llvm::Value* zero = llvm::Constant::getNullValue(b->getType());
  llvm::Value* is_zero = builder_.CreateICmpEQ(b, zero);
  llvm::Value* turns = builder_.CreateICmpEQ(b, llvm::Constant::getAllOnesValue(b->getType()));
  llvm::Value* safe =
      builder_.CreateSelect(builder_.CreateOr(is_zero, turns), llvm::ConstantInt::get(b->getType(), 1), b);
  llvm::Value* quotient = builder_.CreateSDiv(a, safe);
  quotient = builder_.CreateSelect(turns, builder_.CreateNeg(a), quotient);
  return builder_.CreateSelect(is_zero, zero, quotient);
}

llvm::Value* ValueEmitter::emit_comparison(Kind kind, bool real, llvm::Value* a, llvm::Value* b) {
  switch (kind) {
    case Kind::less:
      return real ? builder_.CreateFCmpOLT(a, b) : builder_.CreateICmpSLT(a, b);
    case Kind::less_or_equal:
      return real ? builder_.CreateFCmpOLE(a, b) : builder_.CreateICmpSLE(a, b);
    default:
      return real ? builder_.CreateFCmpOEQ(a, b) : builder_.CreateICmpEQ(a, b);
  }
}

llvm::Value* ValueEmitter::emit_select(const Value& value) {
  llvm::Value* condition = emit(value->operands[0]);
  llvm::Value* a = emit(value->operands[1]);
  llvm::Value* b = emit(value->operands[2]);
  match(a, b);
  if (condition->getType()->isVectorTy()) {
    a = widen(a, lanes_->count);
    b = widen(b, lanes_->count);
  }
  return builder_.CreateSelect(condition, a, b);
}

llvm::Value* ValueEmitter::emit_rounded(Kind kind, llvm::Value* x) {
  constexpr int64_t kAvxBytes = 32;
  if (machine_.vector_bytes >= kAvxBytes) {
    const auto intrinsic = kind == Kind::round_down ? llvm::Intrinsic::floor
                           : kind == Kind::round_up ? llvm::Intrinsic::ceil
                                                    : llvm::Intrinsic::roundeven;
    return builder_.CreateUnaryIntrinsic(intrinsic, x);
  }
  // Elsewhere LLVM may call a function of libm, which a library of kernels does not link.
  llvm::Value* even = emit_round_even(builder_, x);
  if (kind == Kind::round_even) return even;
  llvm::Value* one = llvm::ConstantFP::get(x->getType(), 1);
  if (kind == Kind::round_down)
    return builder_.CreateSelect(builder_.CreateFCmpOGT(even, x), builder_.CreateFSub(even, one), even);
  // Of numbers above -1 and below 0 the sum is 0, and should be -0.
  llvm::Value* up =
      builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, builder_.CreateFAdd(even, one), x);
  return builder_.CreateSelect(builder_.CreateFCmpOLT(even, x), up, even);
}

llvm::Value* ValueEmitter::emit_unary(const Value& value) {
  llvm::Value* x = emit(value->operands[0]);
  switch (value->kind) {
    case Kind::exponential:
      return emit_exponential(builder_, x);
    case Kind::error_function:
      return emit_error_function(builder_, x);
    case Kind::hyperbolic_tangent:
      return emit_hyperbolic_tangent(builder_, x);
    case Kind::logarithm:
      return emit_logarithm(builder_, x);
    case Kind::square_root:
      return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x);
    case Kind::round_down:
    case Kind::round_up:
    case Kind::round_even:
      return emit_rounded(value->kind, x);
    default:
      return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  }
}

/// A float32 as an integer of 32 or 64 bits, the least of them where it does not fit.
llvm::Value* ValueEmitter::emit_cut(llvm::Value* from, llvm::Type* to) {
  const unsigned bits = to->getScalarSizeInBits();
  const double limit = std::ldexp(1.0, static_cast<int>(bits) - 1);
  llvm::Value* fits =
      builder_.CreateAnd(builder_.CreateFCmpOGE(from, llvm::ConstantFP::get(from->getType(), -limit)),
                         builder_.CreateFCmpOLT(from, llvm::ConstantFP::get(from->getType(), limit)));
  llvm::Value* safe = builder_.CreateSelect(fits, from, llvm::Constant::getNullValue(from->getType()));
  llvm::Value* least = llvm::ConstantInt::get(to, llvm::APInt::getSignedMinValue(bits));
  return builder_.CreateSelect(fits, builder_.CreateFPToSI(safe, to), least);
}

llvm::Value* ValueEmitter::emit_convert(const Value& value) {
  llvm::Value* from = emit(value->operands[0]);
  const Element before = value->operands[0]->element;
  llvm::Type* to = register_type(value->element);
  if (auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(from->getType()))
    to = llvm::FixedVectorType::get(to, vector->getNumElements());
  if (before == value->element) return from;
  if (is_half(before)) return emit_widened(builder_, from, before, machine_.converts_float16);
  if (is_half(value->element))
    return emit_narrowed(builder_, from, value->element, machine_.converts_float16);
  const bool is_unsigned = before == Element::uint8 || before == Element::boolean;
  if (value->element == Element::boolean && before == Element::float32)
    return builder_.CreateFCmpUNE(from, llvm::Constant::getNullValue(from->getType()));
  if (value->element == Element::boolean) return builder_.CreateIsNotNull(from);
  if (value->element == Element::float32)
    return is_unsigned ? builder_.CreateUIToFP(from, to) : builder_.CreateSIToFP(from, to);
  if (before == Element::float32) return emit_cut(from, to);
  return is_unsigned ? builder_.CreateZExtOrTrunc(from, to) : builder_.CreateSExtOrTrunc(from, to);
}

bool ValueEmitter::lanes_differ(const Conditions& conditions) const {
  if (lanes_ == nullptr) return false;
  for (const Affine& condition : conditions)
    if (condition.factor(lanes_->loop) != 0) return true;
  return false;
}

llvm::Value* ValueEmitter::emit(const Conditions& conditions, bool& never) {
  llvm::Value* all = nullptr;
  never = false;
  for (const Affine& condition : conditions) {
    llvm::Value* value = emit(condition);
    if (const auto* known = llvm::dyn_cast<llvm::ConstantInt>(value)) {
      never |= known->isNegative();
      continue;
    }
    llvm::Value* holds = builder_.CreateICmpSGE(value, builder_.getInt64(0));
    all = all == nullptr ? holds : builder_.CreateAnd(all, holds);
  }
  return all;
}

llvm::Value* ValueEmitter::emit_guarded(const Value& value) {
  if (lanes_differ(value->conditions)) return emit_by_lane(value);
  bool never = false;
  llvm::Value* holds = emit(value->conditions, never);
  if (never) return emit(value->operands[1]);
  if (holds == nullptr) return emit(value->operands[0]);
  llvm::Function* function = builder_.GetInsertBlock()->getParent();
  auto* then = llvm::BasicBlock::Create(builder_.getContext(), "inside", function);
  auto* otherwise = llvm::BasicBlock::Create(builder_.getContext(), "outside", function);
  auto* joined = llvm::BasicBlock::Create(builder_.getContext(), "joined", function);
  builder_.CreateCondBr(holds, then, otherwise);
  const int64_t lanes = lanes_ == nullptr ? 1 : lanes_->count;
  const auto branch = [&](llvm::BasicBlock* block, const Value& from) {
    builder_.SetInsertPoint(block);
    llvm::Value* result = lanes > 1 ? widen(emit(from), lanes) : emit(from);
    builder_.CreateBr(joined);
    return std::pair(result, builder_.GetInsertBlock());
  };
  const auto first = branch(then, value->operands[0]);
  const auto second = branch(otherwise, value->operands[1]);
  builder_.SetInsertPoint(joined);
  llvm::PHINode* phi = builder_.CreatePHI(first.first->getType(), 2);
  phi->addIncoming(first.first, first.second);
  phi->addIncoming(second.first, second.second);
  return phi;
}

llvm::Value* ValueEmitter::sum_of_products(llvm::Value* activations, llvm::Value* weights, llvm::Value* sum,
                                           int64_t lanes) {
  auto* words = llvm::FixedVectorType::get(builder_.getInt32Ty(), static_cast<unsigned>(lanes));
  if (machine_.dot_product && lanes == 16)
    return builder_.CreateIntrinsic(
        words, llvm::Intrinsic::x86_avx512_vpdpbusd_512,
        {sum, builder_.CreateBitCast(activations, words), builder_.CreateBitCast(weights, words)});
  auto* bytes = llvm::FixedVectorType::get(builder_.getInt8Ty(), static_cast<unsigned>(lanes * 4));
  activations = builder_.CreateBitCast(activations, bytes);
  weights = builder_.CreateBitCast(weights, bytes);
  for (int part = 0; part < 4; ++part) {
    std::vector<int> mask(static_cast<size_t>(lanes));
    for (size_t lane = 0; lane < mask.size(); ++lane) mask[lane] = 4 * static_cast<int>(lane) + part;
    llvm::Value* a = builder_.CreateZExt(builder_.CreateShuffleVector(activations, mask), words);
    llvm::Value* b = builder_.CreateSExt(builder_.CreateShuffleVector(weights, mask), words);
    sum = builder_.CreateAdd(sum, builder_.CreateMul(a, b));
  }
  return sum;
}

llvm::Value* ValueEmitter::emit_dot4(const Value& value) {
  const int64_t lanes = lanes_ == nullptr ? 1 : lanes_->count;
  for (const Value& operand : {value->operands[0], value->operands[1]}) {
    const int64_t step = lanes_ == nullptr ? 0 : flat_index(operand->access).factor(lanes_->loop);
    if (step != 0 && step != 4) return emit_by_lane(value);
  }
  const auto four = [&](const Access& access) {
    const Affine flat = flat_index(access);
    const bool each = lanes_ != nullptr && flat.factor(lanes_->loop) == 4;
    const Affine first = lanes_ == nullptr ? flat : flat.substitute(lanes_->loop, 0);
    const int64_t count = each ? lanes : 1;
    auto* words = llvm::FixedVectorType::get(builder_.getInt32Ty(), static_cast<unsigned>(count));
    llvm::Value* loaded = builder_.CreateAlignedLoad(words, pointer(access.buffer, first), llvm::Align(1));
    if (each || lanes == 1) return loaded;
    return widen(builder_.CreateExtractElement(loaded, uint64_t{0}), lanes);
  };
  llvm::Value* sum = widen(emit(value->operands[2]), lanes);
  llvm::Value* result =
      sum_of_products(four(value->operands[0]->access), four(value->operands[1]->access), sum, lanes);
  return lanes_ == nullptr ? builder_.CreateExtractElement(result, uint64_t{0}) : result;
}

llvm::Value* ValueEmitter::emit(const Value& value) {
  switch (value->kind) {
    case Kind::constant:
      if (value->element == Element::float32)
        return llvm::ConstantFP::get(builder_.getFloatTy(), value->number);
      return llvm::ConstantInt::get(register_type(value->element),
                                    static_cast<uint64_t>(static_cast<int64_t>(value->number)), true);
    case Kind::load:
      return emit_load(value->access, value->element);
    case Kind::multiply_add: {
      llvm::Value* a = emit(value->operands[0]);
      llvm::Value* b = emit(value->operands[1]);
      llvm::Value* c = emit(value->operands[2]);
      match(a, b);
      match(a, c);
      match(b, c);
      if (value->element != Element::float32) return builder_.CreateAdd(builder_.CreateMul(a, b), c);
      return builder_.CreateIntrinsic(a->getType(), llvm::Intrinsic::fmuladd, {a, b, c});
    }
    case Kind::exponential:
    case Kind::error_function:
    case Kind::hyperbolic_tangent:
    case Kind::logarithm:
    case Kind::square_root:
    case Kind::round_down:
    case Kind::round_up:
    case Kind::round_even:
    case Kind::magnitude:
      return emit_unary(value);
    case Kind::select:
      return emit_select(value);
    case Kind::position:
      return emit_position(value->access.index[0]);
    case Kind::load_at:
      return emit_load_at(value);
    case Kind::dot4:
      return emit_dot4(value);
    case Kind::convert:
      return emit_convert(value);
    case Kind::guarded:
      return emit_guarded(value);
    case Kind::accumulated:
      return llvm::PoisonValue::get(register_type(value->element));
    default:
      return emit_binary(value);
  }
}

}  // namespace tamis::cpu
