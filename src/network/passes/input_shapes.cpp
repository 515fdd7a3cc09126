#include "network/passes/input_shapes.h"

#include "base/text.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace tamis::network {
namespace {

/// How a user gives the shape of an input, with what is open as the model names it.
std::string flag_for(const Port& input) {
  std::string example;
  for (const Dimension& dimension : *input.shape) {
    if (!example.empty()) example += "x";
    if (dimension.size)
      example += std::to_string(*dimension.size);
    else
      example += dimension.symbol.empty() ? "?" : printable(dimension.symbol);
  }
  return "--shape " + printable(input.name) + "=" + example;
}

Result<Shape> declared_shape(const Port& input, const ResolveOptions& options) {
  Shape shape;
  for (const Dimension& dimension : *input.shape) {
    const auto size = options.sizes.find(dimension.symbol);
    if (dimension.size)
      shape.push_back(*dimension.size);
    else if (!dimension.symbol.empty() && size != options.sizes.end())
      shape.push_back(size->second);
    else
      return invalid_input("input \"" + printable(input.name) + "\" has no fixed shape, only " +
                           to_string(*input.shape) + ": give it with `" + flag_for(input) +
                           "`, a number in the place of each name");
  }
  return shape;
}

Status check_given(const Port& input, const Shape& given) {
  if (!element_count(given))
    return invalid_input("the shape " + to_string(given) + " of input \"" + printable(input.name) +
                         "\" is too large");
  if (!input.shape) return {};
  bool fits = given.size() == input.shape->size();
  for (size_t i = 0; fits && i < given.size(); ++i)
    fits = !(*input.shape)[i].size || *(*input.shape)[i].size == given[i];
  if (fits) return {};
  return invalid_input("input \"" + printable(input.name) + "\" is " + to_string(*input.shape) +
                       " in the model, so it cannot be " + to_string(given));
}

Result<Shape> shape_of(const Port& input, const ResolveOptions& options) {
  if (const auto given = options.shapes.find(input.name); given != options.shapes.end()) {
    TAMIS_TRY(check_given(input, given->second));
    return given->second;
  }
  if (!input.shape)
    return invalid_input("the model does not say the shape of input \"" + printable(input.name) +
                         "\": give it with `--shape " + input.name +
                         "=1x3x224x224`, its sizes in the place of these");
  return declared_shape(input, options);
}

/// Takes the sizes that the model names from the shapes that are given. Errors where one has two values, with
/// where each comes from; as check_given.
Status bind_sizes(const Graph& graph, ResolveOptions& options) {
  std::map<std::string, std::string> origins;
  for (const auto& [symbol, size] : options.sizes)
    origins[symbol] = "given as " + printable(symbol) + "=" + std::to_string(size);
  for (const Port& input : graph.inputs) {
    const auto given = options.shapes.find(input.name);
    if (given == options.shapes.end() || !input.shape) continue;
    TAMIS_TRY(check_given(input, given->second));
    for (size_t i = 0; i < given->second.size(); ++i) {
      const Dimension& dimension = (*input.shape)[i];
      if (dimension.symbol.empty() || dimension.size) continue;
      const int64_t size = given->second[i];
      const auto [known, added] = options.sizes.emplace(dimension.symbol, size);
      if (added)
        origins[dimension.symbol] = std::to_string(size) + " in input \"" + printable(input.name) + "\"";
      if (known->second != size)
        return invalid_input("the size " + printable(dimension.symbol) + " is " + origins[dimension.symbol] +
                             " and " + std::to_string(size) + " in input \"" + printable(input.name) +
                             "\": it must be one");
    }
  }
  return {};
}

/// Errors for what is given of inputs and dimensions that the graph does not have.
Status check_names(const Graph& graph, const ResolveOptions& options) {
  std::vector<std::string_view> inputs;
  std::set<std::string_view> symbols;
  for (const Port& input : graph.inputs) {
    inputs.push_back(input.name);
    if (!input.shape) continue;
    for (const Dimension& dimension : *input.shape)
      if (!dimension.size && !dimension.symbol.empty()) symbols.insert(dimension.symbol);
  }
  for (const auto& [name, shape] : options.shapes)
    if (std::find(inputs.begin(), inputs.end(), name) == inputs.end())
      return invalid_input("the model has no input \"" + name + "\"" + did_you_mean(name, inputs));
  for (const auto& [name, size] : options.sizes) {
    if (symbols.contains(name)) continue;
    std::vector<std::string_view> known(symbols.begin(), symbols.end());
    known.insert(known.end(), inputs.begin(), inputs.end());
    return invalid_input("the model names no input and no size \"" + name + "\"" + did_you_mean(name, known));
  }
  return {};
}

}  // namespace

Result<std::map<std::string, Fact>> input_facts(const Graph& graph, const ResolveOptions& given) {
  // `x=5` is the size of a dimension or the shape of an input with one: the model tells.
  ResolveOptions options = given;
  for (const Port& input : graph.inputs)
    if (const auto size = options.sizes.find(input.name); size != options.sizes.end()) {
      options.shapes[input.name] = {size->second};
      options.sizes.erase(size);
    }
  TAMIS_TRY(check_names(graph, options));
  TAMIS_TRY(bind_sizes(graph, options));
  std::map<std::string, Fact> facts;
  for (const Port& input : graph.inputs) {
    if (!input.type)
      return invalid_input("the model does not say what the elements of input \"" + printable(input.name) +
                           "\" are");
    TAMIS_ASSIGN(Shape shape, shape_of(input, options));
    facts[input.name] = {*input.type, std::move(shape), std::nullopt};
  }
  return facts;
}

Status add_shape(ResolveOptions& options, const std::string& text) {
  const size_t equals = text.rfind('=');
  const std::string form = "\"" + text + "\" is not of the form NAME=1x3x224x224 or DIMENSION=1";
  if (equals == std::string::npos || equals == 0) return invalid_input(form);
  const std::string name = text.substr(0, equals);
  Shape shape;
  if (equals + 1 < text.size())
    for (const std::string& part : split_text(text.substr(equals + 1), 'x')) {
      const auto size = parse_integer(part);
      if (!size || *size < 0) return invalid_input(form);
      shape.push_back(*size);
    }
  if (options.shapes.contains(name) || options.sizes.contains(name))
    return invalid_input("\"" + name + "\" is given two shapes");
  if (shape.size() == 1)
    options.sizes[name] = shape[0];
  else
    options.shapes[name] = std::move(shape);
  return {};
}

}  // namespace tamis::network
