#include "network/operators/signature.h"

#include "network/operators/broadcast.h"
#include "network/operators/numbers.h"

#include <string>

namespace tamis::network {
namespace {

TypeSet set_of(ElementType type) {
  if (type == ElementType::boolean) return kBooleans;
  if (holds_fractions(type)) return kFractions;
  return least(type) < 0 ? kSigned : kUnsigned;
}

Status check_counts(const Call& call, const Signature& signature) {
  for (size_t i = 0; i < signature.least_inputs; ++i) TAMIS_TRY(call.input(i));
  for (size_t i = signature.most_inputs; i < call.inputs(); ++i)
    if (call.optional_input(i) != nullptr)
      return call.invalid("input " + std::to_string(i) + " is one more than the operator takes at opset " +
                          std::to_string(call.opset()));
  if (call.outputs() > signature.most_outputs)
    return call.invalid("the operator has " + std::to_string(signature.most_outputs) +
                        " outputs at most, the node " + std::to_string(call.outputs()));
  return {};
}

}  // namespace

bool is_of(ElementType type, TypeSet set) { return (set_of(type) & set) != 0; }

Status check_signature(const Call& call, const Signature& signature) {
  if (call.opset() < signature.since)
    return call.invalid("the operator exists from opset " + std::to_string(signature.since) +
                        " on, and the model is of opset " + std::to_string(call.opset()) +
                        "; export it for a newer one");
  TAMIS_TRY(check_counts(call, signature));
  return check_elements(call, 0, signature.elements);
}

Status check_elements(const Call& call, size_t input, TypeSet set) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr || is_of(fact->type, set)) return {};
  return call.invalid("input \"" + call.node().inputs[input] + "\" is of " +
                      std::string(to_string(fact->type)) + ", which the operator does not take");
}

Status check_one_type(const Call& call) {
  const Fact* first = call.optional_input(0);
  for (size_t i = 1; first != nullptr && i < call.inputs(); ++i) {
    const Fact* other = call.optional_input(i);
    if (other != nullptr && other->type != first->type)
      return call.invalid("inputs are of different types, " + std::string(to_string(first->type)) + " and " +
                          std::string(to_string(other->type)));
  }
  return {};
}

Status check_broadcasts_to(const Call& call, const Shape& shape, const Shape& to) {
  TAMIS_ASSIGN(const Shape both, broadcast(call, shape, to));
  if (both == to) return {};
  return call.invalid("shape " + to_string(shape) + " does not broadcast to " + to_string(to));
}

}  // namespace tamis::network
