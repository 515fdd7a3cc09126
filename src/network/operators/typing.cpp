#include "network/operators/typing.h"

#include <algorithm>
#include <string>

namespace tamis::network {

Result<ElementType> type_of(const Call& call, size_t input, std::initializer_list<ElementType> allowed) {
  TAMIS_ASSIGN(const Fact* fact, call.input(input));
  if (std::find(allowed.begin(), allowed.end(), fact->type) != allowed.end()) return fact->type;
  std::string words;
  for (const ElementType type : allowed) words += (words.empty() ? "" : ", ") + std::string(to_string(type));
  return call.invalid("input \"" + call.node().inputs[input] + "\" is of " +
                      std::string(to_string(fact->type)) + ", not of " + words);
}

Result<ElementType> fraction_type_of(const Call& call, size_t input) {
  return type_of(call, input,
                 {ElementType::float32, ElementType::float64, ElementType::float16, ElementType::bfloat16});
}

Status check_same_type(const Call& call, size_t input, size_t as) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr) return {};
  TAMIS_ASSIGN(const Fact* model, call.input(as));
  if (fact->type == model->type) return {};
  return call.invalid("input \"" + call.node().inputs[input] + "\" is of " +
                      std::string(to_string(fact->type)) + ", but must be of " +
                      std::string(to_string(model->type)) + " as \"" + call.node().inputs[as] + "\" is");
}

Status check_shape(const Call& call, size_t input, const Shape& shape, std::string_view meaning) {
  const Fact* fact = call.optional_input(input);
  if (fact == nullptr || !fact->shape || *fact->shape == shape) return {};
  return call.invalid("input \"" + call.node().inputs[input] + "\" is of shape " + to_string(*fact->shape) +
                      ", not " + to_string(shape) + " (" + std::string(meaning) + ")");
}

bool shapes_known(const Call& call) {
  for (size_t i = 0; i < call.inputs(); ++i)
    if (call.optional_input(i) != nullptr && !call.optional_input(i)->shape) return false;
  return true;
}

}  // namespace tamis::network
