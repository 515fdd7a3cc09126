#include "network/operators/operator.h"

#include <utility>
#include <variant>

namespace tamis::network {
namespace {

/// The attribute as a T, `otherwise` where the node does not have it.
template <class T, class Otherwise>
Result<Otherwise> attribute_as(const Call& call, std::string_view name, std::string_view kind,
                               Otherwise otherwise) {
  const Attribute* attribute = call.attribute(name);
  if (attribute == nullptr) return otherwise;
  if (const T* value = std::get_if<T>(attribute)) return Otherwise(*value);
  return call.invalid("attribute \"" + std::string(name) + "\" must be " + std::string(kind));
}

}  // namespace

Result<const Fact*> Call::input(size_t index) const {
  if (const Fact* fact = optional_input(index)) return fact;
  return invalid("input " + std::to_string(index) + " is missing");
}

Result<Shape> Call::shape(size_t index) const {
  TAMIS_ASSIGN(const Fact* fact, input(index));
  if (fact->shape) return *fact->shape;
  return cannot("the shape of input \"" + node_->inputs[index] + "\" depends on data");
}

Result<Array> Call::value(size_t index) const {
  TAMIS_ASSIGN(const Fact* fact, input(index));
  if (fact->value) return *fact->value;
  return cannot("input \"" + node_->inputs[index] +
                "\" is only known when the network runs; give what it follows from as constants");
}

Result<std::vector<int64_t>> Call::integers(size_t index) const {
  TAMIS_ASSIGN(const Array array, value(index));
  if (auto all = array.integers()) return *std::move(all);
  return invalid("input \"" + node_->inputs[index] + "\" must hold integers, not " +
                 std::string(to_string(array.type())));
}

const Attribute* Call::attribute(std::string_view name) const {
  const auto found = node_->attributes.find(name);
  return found == node_->attributes.end() ? nullptr : &found->second;
}

Result<int64_t> Call::integer(std::string_view name, int64_t otherwise) const {
  return attribute_as<int64_t>(*this, name, "an integer", otherwise);
}

Result<float> Call::number(std::string_view name, float otherwise) const {
  return attribute_as<float>(*this, name, "a number", otherwise);
}

Result<std::string> Call::text(std::string_view name, std::string otherwise) const {
  return attribute_as<std::string>(*this, name, "a text", std::move(otherwise));
}

Result<std::optional<std::vector<int64_t>>> Call::integer_list(std::string_view name) const {
  return attribute_as<std::vector<int64_t>, std::optional<std::vector<int64_t>>>(
      *this, name, "a list of integers", std::nullopt);
}

Result<std::optional<std::vector<float>>> Call::number_list(std::string_view name) const {
  return attribute_as<std::vector<float>, std::optional<std::vector<float>>>(*this, name, "a list of numbers",
                                                                             std::nullopt);
}

Result<size_t> Call::axis(int64_t given, size_t rank) const {
  const auto size = static_cast<int64_t>(rank);
  if (given >= -size && given < size) return static_cast<size_t>(given < 0 ? given + size : given);
  return invalid("axis " + std::to_string(given) + " is none of a value with " + std::to_string(rank) +
                 " dimensions");
}

Error Call::invalid(const std::string& what) const { return invalid_input(what).within(describe(*node_)); }

Error Call::cannot(const std::string& what) const { return unsupported(what).within(describe(*node_)); }

}  // namespace tamis::network
