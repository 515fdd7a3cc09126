#pragma once

#include "network/graph/graph.h"
#include "network/operators/operator.h"
#include "tamis/result.h"
#include "targets/loop/program.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network {

/// How the axes of a value lie in memory, outermost first: {0, 2, 3, 1} says that an image of ONNX's shape
/// NxCxHxW lies as NxHxWxC. Each axis occurs once.
using PhysicalOrder = std::vector<size_t>;

/// What is known of the values that nodes take and give, and the machine that programs are made for.
struct KernelContext {
  const std::map<std::string, Fact, std::less<>>* facts = nullptr;  ///< of every value; never null
  std::map<std::string, PhysicalOrder, std::less<>> orders = {};    ///< of values that do not lie row-major
  int64_t vector_bytes = 64;  ///< of the widest vector registers: 16, 32 or 64
  int64_t threads = 1;        ///< that loops are shared out among
};

/// A program with the names of the values that its arguments are, in their order. Every argument lies dense
/// in its physical order; the program may see it with other extents than its shape has. Inputs that the
/// program knows by value (the axes of a Squeeze, the bounds of a Clip) are no arguments.
///
/// Weights whose values are known may have a preparation, which brings them into the order in which the
/// program reads them: once, ahead of time. The arguments of the program are then followed by those that the
/// preparation writes, which are its last ones too, in the same order and of the same extents.
struct NetworkKernel {
  /// A program named `prepare`.
  struct Preparation {
    loop::Program program;
    std::vector<std::string> arguments;  ///< names of the values that it reads, all of which are known
  };

  loop::Program program;
  std::vector<std::string> arguments;
  std::optional<Preparation> preparation = std::nullopt;

  /// What the preparation writes; the names are those of both programs.
  [[nodiscard]] std::vector<loop::Buffer> packed() const;
};

/// A program, named `run`, that computes an operator. It never touches other memory than its arguments,
/// whatever their elements are: an index of a Gather that lies outside is held to the nearest one. Sums are
/// made in float32, in another order than the reference has. Thread safe.
/// Errors: unsupported where there is no generator for the operator, or not for its types or attributes, with
/// the operator's name; as the operator's own for a node that cannot be meant.
Result<NetworkKernel> operator_program(const Node& node, const KernelContext& context);

/// A program for nodes that compute element by element, each but the last of which gives what only later ones
/// of them take: one loop over the elements of the last output. Errors: as operator_program; unsupported for
/// other operators, and where the expression grows too large.
Result<NetworkKernel> fused_program(std::span<const Node> nodes, const KernelContext& context);

/// Whether an operator computes element by element, so that fused_program may take it.
bool is_elementwise(const Node& node);

/// The types of all operators of ONNX's own domain that have generators, sorted.
std::vector<std::string_view> kernel_operators();

}  // namespace tamis::network
