#pragma once

#include "network/kernels/operator_program.h"
#include "network/operators/calls.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tamis::network {

/// How a call is compiled and checked.
struct Running {
  std::map<std::string, PhysicalOrder, std::less<>> orders = {};  ///< of x0, x1, ... and y0, y1, ...
  std::set<size_t> known = {};  ///< inputs whose values the compiler is told
  double tolerance = 1e-5;      ///< relative to the value, and absolute where it is below 1
  double quanta = 0;            ///< that an integer may be off by
  int64_t vector_bytes = 64;
  int64_t threads = 1;
};

/// Compiles a kernel, checks that it cannot overrun, runs it on the values of its arguments, and gives those
/// that it wrote, row-major as the shapes have them. `values` has those of all inputs, `outputs` the facts of
/// what is written.
Result<std::map<std::string, Array>> run_kernel(const NetworkKernel& kernel, const KernelContext& context,
                                                const std::map<std::string, Array>& values,
                                                const std::map<std::string, Fact>& outputs);

/// What is wrong with what the kernel of a call computes, compared with the reference; nothing where it is
/// right.
std::string fault_of(const TestCall& call, const Running& running = {});
/// The same of nodes whose last output is y, given the values of what they do not compute.
std::string fault_of_fused(const std::vector<Node>& nodes, const std::map<std::string, Array>& values,
                           const Running& running = {});
/// Why there is no kernel for a call; nothing where there is one.
std::string refusal_of(const TestCall& call, const Running& running = {});

/// Numbers spread over -2 to 2, always the same for a seed.
Array numbers(const Shape& shape, uint64_t seed = 1);
/// The same, all above `least`.
Array numbers_above(float least, const Shape& shape);

/// The order in which an image lies with its channels innermost.
inline const PhysicalOrder kChannelsLast{0, 2, 3, 1};

}  // namespace tamis::network
