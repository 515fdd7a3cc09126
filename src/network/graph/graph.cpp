#include "network/graph/graph.h"

#include "base/text.h"

#include <algorithm>

namespace tamis::network {

std::string printable(std::string_view name) {
  constexpr size_t kMost = 200;
  std::string text(first_characters(name, kMost));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text.size() < name.size() ? text + "..." : text;
}

std::string describe(const Node& node) {
  std::string text = "node " + std::to_string(node.place);
  if (!node.name.empty()) text += " \"" + printable(node.name) + "\"";
  return text + " (" + printable(node.domain.empty() ? node.type : node.domain + ":" + node.type) + ")";
}

std::string to_string(const std::vector<Dimension>& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const Dimension& dimension : shape) {
    if (!text.empty()) text += "x";
    if (dimension.size)
      text += std::to_string(*dimension.size);
    else
      text += dimension.symbol.empty() ? "?" : printable(dimension.symbol);
  }
  return text;
}

}  // namespace tamis::network
