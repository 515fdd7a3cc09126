#include "network/graph/element_type.h"

#include "base/text.h"

#include <array>
#include <string>
#include <vector>

namespace tamis::network {
namespace {

struct Row {
  ElementType type;
  std::string_view word;
};

constexpr std::array kTypes{
    Row{ElementType::float32, "float32"}, Row{ElementType::float64, "float64"},
    Row{ElementType::float16, "float16"}, Row{ElementType::bfloat16, "bfloat16"},
    Row{ElementType::int8, "int8"},       Row{ElementType::uint8, "uint8"},
    Row{ElementType::int16, "int16"},     Row{ElementType::uint16, "uint16"},
    Row{ElementType::int32, "int32"},     Row{ElementType::uint32, "uint32"},
    Row{ElementType::int64, "int64"},     Row{ElementType::uint64, "uint64"},
    Row{ElementType::boolean, "boolean"},
};

}  // namespace

std::string_view to_string(ElementType type) {
  for (const Row& row : kTypes)
    if (row.type == type) return row.word;
  return "unknown";
}

Result<ElementType> parse_element_type(std::string_view word) {
  std::vector<std::string_view> known;
  for (const Row& row : kTypes) {
    if (row.word == word) return row.type;
    known.push_back(row.word);
  }
  return invalid_input("\"" + std::string(word) + "\" is no element type" + did_you_mean(word, known));
}

}  // namespace tamis::network
