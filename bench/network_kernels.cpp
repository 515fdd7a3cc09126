// What the operators of a network that are not tuned become: which have no code generator, and how long the
// others take.
#include "network/kernels/operator_program.h"
#include "network/onnx/onnx.h"
#include "network/passes/input_shapes.h"
#include "network/passes/layers.h"
#include "network/passes/simplify.h"
#include "targets/cpu/codegen/compiler.h"
#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/loop/statement.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace {

using namespace tamis;
using namespace tamis::network;

struct Options {
  std::string model;
  std::vector<std::string> shapes;
  std::vector<std::string> last;  ///< values that lie with their channels innermost
  int64_t threads = 1;
  bool all = false;
};

Result<Resolved> resolved_of(const Options& options) {
  ResolveOptions resolving;
  for (const std::string& shape : options.shapes) TAMIS_TRY(add_shape(resolving, shape));
  TAMIS_ASSIGN(const Model model, read_model(options.model));
  TAMIS_ASSIGN(Resolved network, resolve(model, resolving));
  TAMIS_TRY(without_faults(network));
  simplify(network);
  return network;
}

KernelContext context_of(const Options& options, const Resolved& network) {
  KernelContext context{&network.facts, {}, 64, options.threads};
  for (const std::string& value : options.last) {
    const size_t rank = network.facts.at(value).shape->size();
    PhysicalOrder order{0};
    for (size_t axis = 2; axis < rank; ++axis) order.push_back(axis);
    order.push_back(1);
    context.orders[value] = order;
  }
  return context;
}

/// One line for each operator that is not tuned and has no generator: its type, its node, and why.
Status list(const Options& options) {
  TAMIS_ASSIGN(const Resolved network, resolved_of(options));
  TAMIS_ASSIGN(const std::vector<Layer> layers, layers_of(network));
  const KernelContext context = context_of(options, network);
  for (const Layer& layer : layers) {
    if (layer.workload && !options.all) continue;
    const auto kernel = operator_program(layer.nodes.front(), context);
    if (!kernel.ok())
      std::printf("%s\t%s\n", layer.nodes.front().type.c_str(), kernel.error().message.c_str());
  }
  return {};
}

/// A kernel in memory with arguments of its own.
struct Loaded {
  std::unique_ptr<cpu::LoadedCode> code;
  cpu::LoadedCode::Function run;
  std::vector<cpu::AlignedBytes> memories;
  std::vector<void*> pointers;
};

void fill(const Fact& fact, cpu::AlignedBytes& memory) {
  std::mt19937 random(1);
  if (fact.type == ElementType::float32) {
    std::normal_distribution<float> values;
    auto* to = static_cast<float*>(memory.data());
    for (int64_t i = 0; i < *element_count(*fact.shape); ++i) to[i] = values(random);
  } else if (fact.type == ElementType::int64) {
    auto* to = static_cast<int64_t*>(memory.data());
    for (int64_t i = 0; i < *element_count(*fact.shape); ++i) to[i] = static_cast<int64_t>(random() % 16);
  }
}

Result<Loaded> load(const NetworkKernel& kernel, const Resolved& network, int threads) {
  TAMIS_ASSIGN(const cpu::Machine machine, cpu::host_machine());
  TAMIS_ASSIGN(const cpu::CompiledObject object,
               cpu::compile({loop::lower(kernel.program)}, machine, threads));
  const cpu::CompiledObject* one = &object;
  Loaded loaded;
  TAMIS_ASSIGN(loaded.code, cpu::LoadedCode::load({&one, 1}));
  TAMIS_ASSIGN(loaded.run, loaded.code->find("run_call"));
  for (const std::string& name : kernel.arguments) {
    const Fact& fact = network.facts.at(name);
    const auto bytes = static_cast<size_t>(*element_count(*fact.shape)) * element_size(fact.type);
    TAMIS_ASSIGN(cpu::AlignedBytes memory, cpu::AlignedBytes::create(bytes));
    if (fact.value) {
      std::memcpy(memory.data(), fact.value->bytes().data(), bytes);
    } else {
      fill(fact, memory);
    }
    loaded.memories.push_back(std::move(memory));
    loaded.pointers.push_back(loaded.memories.back().data());
  }
  TAMIS_ASSIGN(cpu::AlignedBytes workspace,
               cpu::AlignedBytes::create(static_cast<size_t>(object.workspace_bytes)));
  loaded.memories.push_back(std::move(workspace));
  loaded.pointers.push_back(loaded.memories.back().data());
  return loaded;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// For every line that comes in, one round of all operators of the network: the least microseconds of each,
/// one operator after the other, as one line. The first line that goes out names the operators.
Status time(const Options& options) {
  constexpr double kRoundSeconds = 0.05;
  TAMIS_ASSIGN(const Resolved network, resolved_of(options));
  const KernelContext context = context_of(options, network);
  std::vector<Loaded> kernels;
  for (const Node& node : network.graph.nodes) {
    TAMIS_ASSIGN(const NetworkKernel kernel, operator_program(node, context));
    TAMIS_ASSIGN(Loaded loaded, load(kernel, network, static_cast<int>(options.threads)));
    kernels.push_back(std::move(loaded));
    std::printf("%s ", node.type.c_str());
  }
  std::printf("\n");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    double total = 0;
    for (Loaded& kernel : kernels) {
      double least = std::numeric_limits<double>::infinity();
      const auto begin = std::chrono::steady_clock::now();
      do {
        const auto start = std::chrono::steady_clock::now();
        kernel.run(kernel.pointers.data());
        least = std::min(least, seconds_since(start));
      } while (seconds_since(begin) < kRoundSeconds);
      total += least;
    }
    std::printf("%.3f\n", total * 1e6);
    std::fflush(stdout);
  }
  return {};
}

}  // namespace

int main(int count, char** texts) {
  CLI::App app("The operators of a network that are not tuned, as programs");
  app.require_subcommand(1);
  Options options;
  Status (*chosen)(const Options&) = nullptr;
  const auto command = [&](const char* name, const char* what, Status (*function)(const Options&)) {
    CLI::App* made = app.add_subcommand(name, what);
    made->add_option("model", options.model)->required();
    made->add_option("--input", options.shapes, "x=1x3x224x224");
    made->add_option("--channels-last", options.last, "values that lie with their channels innermost");
    made->add_option("--threads", options.threads);
    made->add_flag("--all", options.all, "operators that are tuned, too");
    made->callback([&chosen, function] { chosen = function; });
  };
  command("list", "operators without a code generator", list);
  command("time", "for each line of input the least microseconds of all operators together", time);
  CLI11_PARSE(app, count, texts);
  const Status done = chosen(options);
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done.ok() ? 0 : 1;
}
