#include "network/graph/graph.h"

namespace tamis::network {

std::string describe(const Node& node) {
  std::string text = "node " + std::to_string(node.place);
  if (!node.name.empty()) text += " \"" + node.name + "\"";
  return text + " (" + (node.domain.empty() ? "" : node.domain + ":") + node.type + ")";
}

std::string to_string(const std::vector<Dimension>& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const Dimension& dimension : shape) {
    if (!text.empty()) text += "x";
    if (dimension.size)
      text += std::to_string(*dimension.size);
    else
      text += dimension.symbol.empty() ? "?" : dimension.symbol;
  }
  return text;
}

}  // namespace tamis::network
