#include "network/deploy/support/small_library.h"

#include "targets/cpu/codegen/compiler.h"

#include <cstring>
#include <memory>

namespace tamis::network::testing {
namespace {

using loop::Affine;
using loop::Buffer;
using loop::Element;
using loop::For;
using loop::LoopKind;
using loop::LoweredProgram;
using loop::Statement;
using loop::Storage;
using loop::Store;
using loop::Value;

constexpr int64_t kRows = 2;
constexpr int64_t kColumns = 8;

loop::Access at(const std::string& buffer) {
  return {buffer, {Affine::variable("row"), Affine::variable("column")}};
}
loop::Access column_of(const std::string& buffer) { return {buffer, {Affine::variable("column")}}; }

For columns(Store store) { return {"column", kColumns, LoopKind::vectorized, {{std::move(store)}}}; }
For rows(LoopKind kind, std::vector<Statement> body) { return {"row", kRows, kind, std::move(body)}; }

LoweredProgram scale(const std::string& name) {
  const Value product = Value::load(at("x")) * Value::load(column_of("weights"));
  return {name,
          {{"x", Element::float32, {kRows, kColumns}},
           {"weights", Element::float32, {kColumns}},
           {"y", Element::float32, {kRows, kColumns}, Storage::argument, true}},
          {{{rows(LoopKind::parallel, {{columns({at("y"), product})}})}}}};
}

LoweredProgram relu(const std::string& name) {
  const Value positive = Value::of(Value::Kind::maximum, Value::load(column_of("own")), Value::constant(0));
  return {name,
          {{"x", Element::float32, {kRows, kColumns}},
           {"y", Element::float32, {kRows, kColumns}, Storage::argument, true},
           {"copy", Element::float32, {kRows, kColumns}, Storage::workspace},
           {"own", Element::float32, {kColumns}, Storage::thread_workspace}},
          {{{rows(LoopKind::serial, {{columns({at("copy"), Value::load(at("x"))})}})}},
           {{rows(LoopKind::parallel, {{columns({column_of("own"), Value::load(at("copy"))})},
                                       {columns({at("y"), positive})}})}}}};
}

LoweredProgram twice(const std::string& name) {
  const Value id = Value::load({"ids", {Affine::variable("row")}}, Element::int64);
  return {name,
          {{"ids", Element::int64, {kRows}}, {"twice", Element::int64, {kRows}, Storage::argument, true}},
          {{{rows(LoopKind::serial, {{Store{{"twice", {Affine::variable("row")}}, id + id}}})}}}};
}

LibraryKernel kernel(const LoweredProgram& program, const std::string& what, const std::string& config,
                     int threads) {
  const cpu::Machine machine = cpu::host_machine().value();
  LibraryKernel made;
  made.function = program.name;
  made.what = what;
  made.config = config;
  made.latency_ns = config.empty() ? 0 : 1234;
  for (const Buffer& buffer : program.buffers)
    if (buffer.storage == Storage::argument) made.arguments.push_back(buffer);
  made.object = std::make_shared<cpu::CompiledObject>(
      cpu::compile({program}, machine, threads, {cpu::Team::of_caller}).value());
  return made;
}

std::vector<std::byte> packed_weights() {
  const std::vector<float> values = small_weights();
  std::vector<std::byte> weights(kWeightsHeader + values.size() * sizeof(float));
  std::memcpy(weights.data() + kWeightsHeader, values.data(), values.size() * sizeof(float));
  write_weights_header(weights);
  return weights;
}

}  // namespace

std::vector<float> small_weights() { return {1, -2, 3, -4, 5, -6, 7, -8}; }

Library small_library(const std::string& name, int threads) {
  using Memory = Place::Memory;
  const cpu::Machine machine = cpu::host_machine().value();
  Library library;
  library.name = name;
  library.model = "small.onnx";
  library.processor = machine.cpu;
  library.features = machine.features;
  library.threads = threads;
  library.inputs = {{"input.1", ElementType::float32, {kRows, kColumns}},
                    {"ids", ElementType::int64, {kRows}}};
  library.outputs = {{"y", ElementType::float32, {kRows, kColumns}}, {"ids*2", ElementType::int64, {kRows}}};
  library.kernels = {kernel(scale(name + "_scale"), "Mul", "tile=8 vector=8", threads),
                     kernel(relu(name + "_relu"), "Relu", "", threads),
                     kernel(twice(name + "_twice"), "Add", "", threads)};
  library.steps = {{"layer/scale",
                    0,
                    {{Memory::input, 0, 0}, {Memory::weights, 0, kWeightsHeader}, {Memory::arena, 0, 0}},
                    0},
                   {"layer/relu", 1, {{Memory::arena, 0, 0}, {Memory::output, 0, 0}}, 64},
                   {"ids", 2, {{Memory::input, 1, 0}, {Memory::output, 1, 0}}, 0}};
  library.arena_bytes = 64 + library.kernels[1].object->workspace_bytes;
  library.unshared_bytes = library.arena_bytes;
  library.least_bytes = library.arena_bytes;
  library.weights = packed_weights();
  return library;
}

Library flowing_library(const std::string& name) {
  using Memory = Place::Memory;
  Library library = small_library(name);
  library.inputs[1].shape = {6};
  library.inputs.push_back({"n", ElementType::int64, {}});
  library.inputs.push_back({"c", ElementType::boolean, {}});
  library.outputs[1].shape = {6};
  library.outputs.push_back({"last", ElementType::int64, {kRows}});
  const int64_t counter = library.arena_bytes;
  library.arena_bytes += 64;
  const LibraryStep scaled = library.steps[0];
  const LibraryStep rectified = library.steps[1];
  const Place condition{Memory::input, 3, 0};
  ControlFlow backwards;
  backwards.what = "Scan";
  backwards.loop = true;
  backwards.most = 3;
  backwards.body = {{"pair", 2, {{Memory::input, 1, 32, -16}, {Memory::output, 1, 32, -16}}, 0}};
  ControlFlow counted;
  counted.what = "Loop";
  counted.loop = true;
  counted.condition = condition;
  counted.trips = Place{Memory::input, 2, 0};
  counted.counter = Place{Memory::arena, 0, counter};
  counted.body = {{"count", 2, {{Memory::arena, 0, counter}, {Memory::output, 2, 0}}, 0}};
  ControlFlow branch;
  branch.what = "If";
  branch.condition = condition;
  branch.body = {{"direct", 1, {{Memory::input, 0, 0}, {Memory::output, 0, 0}}, rectified.workspace}};
  branch.otherwise = {scaled, rectified};
  const auto step = [](const char* of, ControlFlow control) {
    LibraryStep made;
    made.name = of;
    made.control = std::make_shared<const ControlFlow>(std::move(control));
    return made;
  };
  library.steps = {step("pairs", std::move(backwards)), step("rounds", std::move(counted)),
                   step("choice", std::move(branch))};
  return library;
}

}  // namespace tamis::network::testing
