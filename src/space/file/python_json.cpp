#include "space/file/python_json.h"

#include "base/json.h"

#include <fmt/format.h>

namespace tamis {
namespace {

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

/// fmt switches to exponents where Python does, but leaves out the fraction of a whole number.
std::string real(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

void append(const Json& json, std::string& text);

void append_list(const Json& json, std::string& text) {
  text += '[';
  for (size_t i = 0; i < json.size(); ++i) {
    if (i > 0) text += ", ";
    append(json[i], text);
  }
  text += ']';
}

void append_object(const Json& json, std::string& text) {
  text += '{';
  bool first = true;
  for (const auto& item : json.items()) {
    if (!first) text += ", ";
    first = false;
    text += quoted(item.key()) + ": ";
    append(item.value(), text);
  }
  text += '}';
}

void append(const Json& json, std::string& text) {
  if (json.is_array()) {
    append_list(json, text);
  } else if (json.is_object()) {
    append_object(json, text);
  } else if (json.is_string()) {
    text += quoted(json.get_ref<const std::string&>());
  } else if (json.is_number_float()) {
    text += real(json.get<double>());
  } else {
    text += json.dump();
  }
}

}  // namespace

std::string python_json(const Json& json) {
  std::string text;
  append(json, text);
  return text;
}

}  // namespace tamis
