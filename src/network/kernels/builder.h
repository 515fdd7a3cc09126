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
  loop::Element element = loop::Element::float32;
  Shape shape;                 ///< as ONNX has it
  std::vector<int64_t> steps;  ///< how many elements further the next of each axis lies in memory
  PhysicalOrder order;         ///< which axis each dimension in memory is, outermost first

  [[nodiscard]] int64_t elements() const;
};

/// The element of the IR that a type is. Errors: unsupported, with the call's node, for one that the IR has
/// not.
Result<loop::Element> element_of(const Call& call, ElementType type);

/// When something is computed: at every call of the program, or once and ahead of time, which only goes for
/// what follows from inputs whose values are known.
enum class When { each_call, once };

/// A program that is being made for some nodes. Generators ask it for operands, which makes these arguments
/// of the program, and add nests.
class KernelBuilder {
 public:
  explicit KernelBuilder(const KernelContext& context) : context_(&context) {
    run_.program.name = "run";
    prepare_.program.name = "prepare";
  }

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
  /// An input as an operand of the program that computes something at that time.
  Result<Operand> input(const Call& call, size_t index, When when);
  /// Memory of one dimension that nests of that time write and those of every call read.
  std::string kept(int64_t elements, loop::Element element, When when);

  /// Memory that a nest keeps results of a row in; small.
  std::string scratch(std::vector<int64_t> extents, loop::Element element = loop::Element::float32);
  /// Memory of one dimension that lives as long as a call: one for all threads, or one for each.
  std::string workspace(int64_t elements, loop::Element element = loop::Element::float32,
                        loop::Storage storage = loop::Storage::workspace);
  /// Memory of several dimensions that lives as long as a call.
  std::string workspace(std::vector<int64_t> extents, loop::Element element);
  /// A name that no other stage of the program has.
  std::string stage_name() { return "stage" + std::to_string(stages_++); }
  void add(loop::Nest nest, When when = When::each_call) {
    part(when).program.nests.push_back(std::move(nest));
  }
  void add(std::vector<loop::Nest> nests, When when = When::each_call);

  [[nodiscard]] LoopShape shape() const { return {context_->vector_bytes / 4, context_->threads}; }
  NetworkKernel finish() &&;

 private:
  using Part = NetworkKernel::Preparation;

  Part& part(When when) { return when == When::once ? prepare_ : run_; }
  Result<Operand> operand(const Call& call, const std::string& value, bool written,
                          std::vector<int64_t> extents, Part& part);

  const KernelContext* context_;
  Part run_;
  Part prepare_;
  std::vector<loop::Buffer> packed_;  ///< what the preparation writes
  size_t scratches_ = 0;
  size_t workspaces_ = 0;
  size_t stages_ = 0;
};

/// Whether the value of an input is known.
bool is_known(const Call& call, size_t input);

/// `value` loaded at a place of a flat operand.
loop::Value load_of(const Operand& operand, const loop::Affine& place);

/// The steps of an operand along the axes of a shape that it broadcasts to.
std::vector<int64_t> broadcast_steps(const Operand& operand, size_t rank);

}  // namespace tamis::network
