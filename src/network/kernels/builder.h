#pragma once

#include "network/kernels/operator_program.h"
#include "network/kernels/space.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

/// A value as a program meets it.
struct Operand {
  std::string buffer;  ///< its name in the program
  cpu::Element element = cpu::Element::float32;
  Shape shape;                 ///< as ONNX has it
  std::vector<int64_t> steps;  ///< how many elements further the next of each axis lies in memory
  PhysicalOrder order;         ///< which axis each dimension in memory is, outermost first

  [[nodiscard]] int64_t elements() const;
};

/// The element of the IR that a type is. Errors: unsupported, with the call's node, for one that the IR has
/// not.
Result<cpu::Element> element_of(const Call& call, ElementType type);

/// A program that is being made for some nodes. Generators ask it for operands, which makes these arguments
/// of the program, and add nests.
class KernelBuilder {
 public:
  explicit KernelBuilder(const KernelContext& context) : context_(&context) { program_.name = "run"; }

  /// What is known of a value. Errors: internal where nothing is.
  [[nodiscard]] Result<const Fact*> fact(const std::string& value) const;
  /// The call of a node with the facts of its inputs. Errors: as fact.
  [[nodiscard]] Result<Call> call(const Node& node) const;

  /// Whether somebody takes an output: nothing is known of one that was dropped from its network.
  [[nodiscard]] bool wants(const Call& call, size_t output) const {
    return call.wants(output) && fact(call.node().outputs[output]).ok();
  }

  /// The physical order of a value. Errors: internal where its shape is not known, or of another rank.
  [[nodiscard]] Result<PhysicalOrder> order_of(const std::string& value) const;

  /// An input or output of the node as an operand, declared as an argument on the first request: as one
  /// dimension, or with these extents, which are of as many elements. One value is always declared alike.
  /// Errors: as element_of, internal where the shape is not known.
  Result<Operand> input(const Call& call, size_t index, std::vector<int64_t> extents = {});
  Result<Operand> output(const Call& call, size_t index);

  /// Memory that a nest keeps results of a row in; small.
  std::string scratch(std::vector<int64_t> extents, cpu::Element element = cpu::Element::float32);
  /// Memory of one dimension that lives as long as a call: one for all threads, or one for each.
  std::string workspace(int64_t elements, cpu::Element element = cpu::Element::float32,
                        cpu::Storage storage = cpu::Storage::workspace);
  /// A name that no other stage of the program has.
  std::string stage_name() { return "stage" + std::to_string(stages_++); }
  void add(cpu::Nest nest) { program_.nests.push_back(std::move(nest)); }
  void add(std::vector<cpu::Nest> nests);

  [[nodiscard]] LoopShape shape() const { return {context_->vector_bytes / 4, context_->threads}; }
  NetworkKernel finish() &&;

 private:
  Result<Operand> operand(const Call& call, const std::string& value, bool written,
                          std::vector<int64_t> extents);

  const KernelContext* context_;
  cpu::Program program_;
  std::vector<std::string> arguments_;
  size_t scratches_ = 0;
  size_t stages_ = 0;
};

/// `value` loaded at a place of a flat operand.
cpu::Value load_of(const Operand& operand, const cpu::Affine& place);

/// The steps of an operand along the axes of a shape that it broadcasts to.
std::vector<int64_t> broadcast_steps(const Operand& operand, size_t rank);

}  // namespace tamis::network
