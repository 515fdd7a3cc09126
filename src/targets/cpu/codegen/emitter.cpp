#include "targets/cpu/codegen/emitter.h"

#include "targets/cpu/codegen/statement_emitter.h"

#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

namespace tamis::cpu {
namespace {

constexpr int64_t kWorkspaceAlignment = 64;  // a cache line, and the widest vector

int64_t aligned(int64_t size) {
  return (size + kWorkspaceAlignment - 1) / kWorkspaceAlignment * kWorkspaceAlignment;
}

int64_t buffer_bytes(const Buffer& buffer) { return buffer.elements() * bytes(buffer.element); }

/// Bytes of all buffers of one storage.
int64_t storage_bytes(const LoweredProgram& program, Storage storage) {
  int64_t sum = 0;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == storage) sum += aligned(buffer_bytes(buffer));
  return sum;
}

/// The parallel loops around everything in a nest, outermost first; empty when it is not parallel.
std::vector<const For*> parallel_loops(const std::vector<Statement>& nest) {
  std::vector<const For*> loops;
  const std::vector<Statement>* body = &nest;
  while (body->size() == 1) {
    const auto* loop = std::get_if<For>(&body->front().step);
    if (loop == nullptr || loop->kind != LoopKind::parallel) break;
    loops.push_back(loop);
    body = &loop->body;
  }
  return loops;
}

class ModuleEmitter {
 public:
  ModuleEmitter(const LoweredProgram& program, const Machine& machine, int threads, Team team,
                llvm::Module& module)
      : program_(program),
        machine_(machine),
        threads_(threads),
        team_(team),
        module_(module),
        builder_(module.getContext()),
        pointer_(llvm::PointerType::get(module.getContext(), 0)),
        number_(builder_.getInt64Ty()) {
    for (const Buffer& buffer : program.buffers)
      if (buffer.storage == Storage::argument) arguments_.push_back(&buffer);
  }

  void emit() {
    for (size_t i = 0; i < program_.nests.size(); ++i) nests_.push_back(emit_nest(i));
    llvm::Function* entry = emit_entry();
    emit_call(entry);
  }

 private:
  llvm::Function* function(const std::string& name, llvm::Type* result,
                           const std::vector<llvm::Type*>& parameters, bool exported) {
    auto* type = llvm::FunctionType::get(result, parameters, false);
    auto* made = llvm::Function::Create(
        type, exported ? llvm::Function::ExternalLinkage : llvm::Function::InternalLinkage, name, module_);
    made->addFnAttr("target-cpu", machine_.cpu);
    if (!machine_.features.empty()) made->addFnAttr("target-features", machine_.features);
    made->addFnAttr("prefer-vector-width", std::to_string(machine_.vector_bytes * 8));
    made->addFnAttr("no-trapping-math", "true");
    made->addFnAttr(llvm::Attribute::NoUnwind);
    return made;
  }

  void begin(llvm::Function* in) {
    builder_.SetInsertPoint(llvm::BasicBlock::Create(module_.getContext(), "entry", in));
  }

  /// void NAME_nest(ARGUMENT..., workspace, thread's workspace, first, end): the iterations [first, end) of
  /// the parallel loops, or everything.
  llvm::Function* emit_nest(size_t index) {
    std::vector<llvm::Type*> parameters(arguments_.size() + 2, pointer_);
    parameters.insert(parameters.end(), {number_, number_});
    llvm::Function* nest = function(program_.name + "_nest" + std::to_string(index), builder_.getVoidTy(),
                                    std::move(parameters), false);
    for (unsigned i = 0; i < arguments_.size() + 2; ++i) nest->addParamAttr(i, llvm::Attribute::NoAlias);
    begin(nest);
    ValueEmitter values(builder_, program_, machine_);
    bind_buffers(values, nest);
    StatementEmitter statements(builder_, values);
    const std::vector<Statement>& body = program_.nests[index];
    const std::vector<const For*> loops = parallel_loops(body);
    if (loops.empty()) {
      statements.emit(body);
    } else {
      const auto last = static_cast<unsigned>(arguments_.size()) + 2;
      statements.loop("task", nest->getArg(last), nest->getArg(last + 1), [&](llvm::Value* task) {
        bind_tasks(values, loops, task);
        statements.emit(loops.back()->body);
      });
    }
    builder_.CreateRetVoid();
    return nest;
  }

  /// Takes the number of a task apart into the variables of the parallel loops.
  void bind_tasks(ValueEmitter& values, const std::vector<const For*>& loops, llvm::Value* rest) {
    for (size_t i = loops.size(); i-- > 0;) {
      llvm::Value* extent = builder_.getInt64(static_cast<uint64_t>(loops[i]->extent));
      values.bind(loops[i]->loop, i == 0 ? rest : builder_.CreateURem(rest, extent));
      if (i > 0) rest = builder_.CreateUDiv(rest, extent);
    }
  }

  llvm::Value* offset(llvm::Value* base, int64_t bytes) {
    return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, static_cast<uint64_t>(bytes));
  }

  void bind_buffers(ValueEmitter& values, llvm::Function* nest) {
    unsigned argument = 0;
    const auto count = static_cast<unsigned>(arguments_.size());
    int64_t shared = 0;
    int64_t own = 0;
    for (const Buffer& buffer : program_.buffers) {
      const int64_t size = aligned(buffer_bytes(buffer));
      switch (buffer.storage) {
        case Storage::argument:
          values.set_base(buffer.name, nest->getArg(argument++));
          break;
        case Storage::workspace:
          values.set_base(buffer.name, offset(nest->getArg(count), shared));
          shared += size;
          break;
        case Storage::thread_workspace:
          values.set_base(buffer.name, offset(nest->getArg(count + 1), own));
          own += size;
          break;
        case Storage::shared:  // compile() has refused programs that have it
          break;
        case Storage::registers: {
          auto* array =
              llvm::ArrayType::get(values.type(buffer.element), static_cast<uint64_t>(buffer.elements()));
          llvm::AllocaInst* registers = builder_.CreateAlloca(array, nullptr, buffer.name);
          registers->setAlignment(llvm::Align(kWorkspaceAlignment));
          values.set_base(buffer.name, registers);
        }
      }
    }
  }

  llvm::Value* thread_workspace(llvm::Value* workspace, llvm::Value* thread) {
    llvm::Value* first = offset(workspace, storage_bytes(program_, Storage::workspace));
    if (thread == nullptr) return first;
    const int64_t each = storage_bytes(program_, Storage::thread_workspace);
    return builder_.CreateInBoundsGEP(
        builder_.getInt8Ty(), first,
        builder_.CreateMul(thread, builder_.getInt64(static_cast<uint64_t>(each))));
  }

  void call_nest(llvm::Function* nest, std::vector<llvm::Value*> pointers, llvm::Value* thread,
                 llvm::Value* first, llvm::Value* end) {
    pointers.push_back(thread_workspace(pointers.back(), thread));
    pointers.insert(pointers.end(), {first, end});
    builder_.CreateCall(nest, pointers);
  }

  static int64_t tasks(const std::vector<const For*>& loops) {
    int64_t product = 1;
    for (const For* loop : loops) product *= loop->extent;
    return product;
  }

  llvm::Function* emit_entry() {
    llvm::Function* entry = function(program_.name, builder_.getVoidTy(),
                                     std::vector<llvm::Type*>(arguments_.size() + 1, pointer_), true);
    std::vector<llvm::Value*> pointers;
    for (llvm::Argument& argument : entry->args()) pointers.push_back(&argument);
    std::vector<llvm::Function*> shares;
    for (size_t i = 0; i < nests_.size(); ++i) {
      const std::vector<const For*> loops = parallel_loops(program_.nests[i]);
      shares.push_back(threads_ > 1 && !loops.empty() ? emit_share(i, tasks(loops)) : nullptr);
    }
    begin(entry);
    for (size_t i = 0; i < nests_.size(); ++i) {
      const auto count = static_cast<uint64_t>(tasks(parallel_loops(program_.nests[i])));
      if (shares[i] != nullptr) {
        start_threads(shares[i], pointers);
      } else {
        call_nest(nests_[i], pointers, nullptr, builder_.getInt64(0), builder_.getInt64(count));
      }
    }
    builder_.CreateRetVoid();
    return entry;
  }

  /// void NAME_share(void** pointers): what one thread of the team does of a nest.
  llvm::Function* emit_share(size_t index, int64_t count) {
    llvm::Function* share =
        function(program_.name + "_share" + std::to_string(index), builder_.getVoidTy(), {pointer_}, false);
    begin(share);
    const auto ask = [&](const char* name) {
      auto callee = module_.getOrInsertFunction(name, builder_.getInt32Ty());
      return builder_.CreateSExt(builder_.CreateCall(callee), number_);
    };
    llvm::Value* thread = ask("omp_get_thread_num");
    llvm::Value* team = ask("omp_get_num_threads");
    llvm::Value* all = builder_.getInt64(static_cast<uint64_t>(count));
    llvm::Value* next = builder_.CreateAdd(thread, builder_.getInt64(1));
    call_nest(nests_[index], unpack(share->getArg(0)), thread,
              builder_.CreateSDiv(builder_.CreateMul(thread, all), team),
              builder_.CreateSDiv(builder_.CreateMul(next, all), team));
    builder_.CreateRetVoid();
    return share;
  }

  /// The pointers of an array of them.
  std::vector<llvm::Value*> unpack(llvm::Value* array) {
    std::vector<llvm::Value*> pointers;
    for (size_t i = 0; i <= arguments_.size(); ++i)
      pointers.push_back(
          builder_.CreateLoad(pointer_, builder_.CreateConstInBoundsGEP1_64(pointer_, array, i)));
    return pointers;
  }

  void start_threads(llvm::Function* share, const std::vector<llvm::Value*>& pointers) {
    llvm::AllocaInst* array = builder_.CreateAlloca(llvm::ArrayType::get(pointer_, pointers.size()));
    for (size_t i = 0; i < pointers.size(); ++i)
      builder_.CreateStore(pointers[i], builder_.CreateConstInBoundsGEP1_64(pointer_, array, i));
    auto parallel = module_.getOrInsertFunction("GOMP_parallel", builder_.getVoidTy(), pointer_, pointer_,
                                                builder_.getInt32Ty(), builder_.getInt32Ty());
    // GOMP_parallel takes 0 for as many as the calling thread was told.
    const int size = team_ == Team::of_caller ? 0 : threads_;
    builder_.CreateCall(parallel,
                        {share, array, builder_.getInt32(static_cast<uint32_t>(size)), builder_.getInt32(0)});
  }

  void emit_call(llvm::Function* entry) {
    llvm::Function* call = function(program_.name + "_call", builder_.getVoidTy(), {pointer_}, true);
    begin(call);
    builder_.CreateCall(entry, unpack(call->getArg(0)));
    builder_.CreateRetVoid();
  }

  const LoweredProgram& program_;
  const Machine& machine_;
  int threads_;
  Team team_;
  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
  llvm::PointerType* pointer_;
  llvm::IntegerType* number_;
  std::vector<const Buffer*> arguments_;
  std::vector<llvm::Function*> nests_;
};

}  // namespace

int64_t workspace_bytes(const LoweredProgram& program, int threads) {
  return storage_bytes(program, Storage::workspace) +
         threads * storage_bytes(program, Storage::thread_workspace);
}

Result<std::unique_ptr<llvm::Module>> emit_module(const LoweredProgram& program, const Machine& machine,
                                                  int threads, Team team, llvm::LLVMContext& context) {
  auto module = std::make_unique<llvm::Module>(program.name, context);
  module->setTargetTriple(machine.triple);
  ModuleEmitter(program, machine, threads, team, *module).emit();
  std::string fault;
  llvm::raw_string_ostream stream(fault);
  if (llvm::verifyModule(*module, &stream))
    return Error{ErrorKind::internal, "the generated code is malformed: " + fault};
  return module;
}

}  // namespace tamis::cpu
