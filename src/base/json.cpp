#include "base/json.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int kMaxDepth = 200;

/// nlohmann's parser recurses when a deep document is destroyed, so hostile nesting is refused before
/// parsing.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

/// Finds a key that one object has twice: nlohmann would silently keep one of the two values.
class DuplicateKeys {
 public:
  bool operator()(int /*depth*/, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!keys_.back().insert(key).second && !found_) found_ = key;
    }
    return true;
  }
  const std::optional<std::string>& found() const { return found_; }

 private:
  std::vector<std::set<std::string>> keys_;
  std::optional<std::string> found_;
};

/// The value as JSON text for a message: short, and never an exception for a string that is not UTF-8.
std::string excerpt(const Json& value) {
  constexpr size_t kLongest = 80;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

/// What to say of a number that the grammar allows and no double holds, which nlohmann's message has at its
/// end, in quotation marks.
std::string number_beyond_double(std::string_view message) {
  const size_t quote = message.find('\'');
  const std::string_view number =
      quote == std::string_view::npos ? message : message.substr(quote + 1, message.rfind('\'') - quote - 1);
  return fmt::format("the number {} is too large; at most {:.4g} can be read", first_characters(number, 80),
                     std::numeric_limits<double>::max());
}

std::string python_text(const std::string& text) {
  return Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

/// fmt switches to exponents where Python does, but leaves out the fraction of an integer.
std::string python_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

void append_python(const Json& json, std::string& text);

void append_python_list(const Json& json, std::string& text) {
  text += '[';
  for (size_t i = 0; i < json.size(); ++i) {
    if (i > 0) text += ", ";
    append_python(json[i], text);
  }
  text += ']';
}

void append_python_object(const Json& json, std::string& text) {
  text += '{';
  bool first = true;
  for (const auto& item : json.items()) {
    if (!first) text += ", ";
    first = false;
    text += python_text(item.key()) + ": ";
    append_python(item.value(), text);
  }
  text += '}';
}

void append_python(const Json& json, std::string& text) {
  if (json.is_array()) {
    append_python_list(json, text);
  } else if (json.is_object()) {
    append_python_object(json, text);
  } else if (json.is_string()) {
    text += python_text(json.get_ref<const std::string&>());
  } else if (json.is_number_float()) {
    text += python_number(json.get<double>());
  } else {
    text += json.dump();
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, const std::string& origin) {
  if (too_deep(text))
    return corrupt(fmt::format("{}: JSON nested deeper than {} levels is refused", origin, kMaxDepth));
  // The exception carries the position, which nlohmann's non-throwing mode does not give.
  try {
    DuplicateKeys duplicates;
    Json json = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& parsed) {
      return duplicates(depth, event, parsed);
    });
    if (duplicates.found())
      return corrupt(
          fmt::format("{}: the key \"{}\" occurs twice in one object", origin, *duplicates.found()));
    return json;
  } catch (const Json::out_of_range& exception) {
    return corrupt(fmt::format("{}: {}", origin, number_beyond_double(exception.what())));
  } catch (const Json::exception& exception) {
    return corrupt(fmt::format("{}: not valid JSON: {}", origin, exception.what()));
  }
}

Result<Json> read_json(const std::string& path) {
  TAMIS_ASSIGN(const std::string text, read_file(path));
  return parse_json(text, path);
}

Status JsonObject::allow_only(std::initializer_list<std::string_view> keys) const {
  if (!json_.is_object())
    return invalid_input(fmt::format("{}: expected a JSON object, found {}", origin_, json_.type_name()));
  for (const auto& item : json_.items()) {
    if (std::find(keys.begin(), keys.end(), item.key()) != keys.end()) continue;
    return invalid_input(fmt::format("{}: unknown key \"{}\"{}", origin_, item.key(),
                                     did_you_mean(item.key(), {keys.begin(), keys.end()})));
  }
  return {};
}

bool JsonObject::has(std::string_view key) const { return json_.is_object() && json_.contains(key); }

Result<const Json*> JsonObject::member(std::string_view key) const {
  if (!json_.is_object())
    return invalid_input(fmt::format("{}: expected a JSON object, found {}", origin_, json_.type_name()));
  const auto found = json_.find(key);
  if (found == json_.end()) return invalid_input(fmt::format("{}: the key \"{}\" is missing", origin_, key));
  return &*found;
}

Result<int64_t> JsonObject::integer(std::string_view key, int64_t low, int64_t high) const {
  TAMIS_ASSIGN(const Json* value, member(key));
  const bool fits =
      value->is_number_integer() &&
      !(value->is_number_unsigned() && value->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX));
  if (!fits)
    return invalid_input(
        fmt::format("{}: \"{}\" must be an integer, found {}", origin_, key, excerpt(*value)));
  const auto number = value->get<int64_t>();
  if (number < low || number > high)
    return invalid_input(
        fmt::format("{}: \"{}\" is {}; it must lie between {} and {}", origin_, key, number, low, high));
  return number;
}

Result<int64_t> JsonObject::integer_or(std::string_view key, int64_t fallback, int64_t low,
                                       int64_t high) const {
  if (json_.is_object() && !json_.contains(key)) return fallback;
  return integer(key, low, high);
}

Result<double> JsonObject::number(std::string_view key) const {
  TAMIS_ASSIGN(const Json* value, member(key));
  if (!value->is_number())
    return invalid_input(fmt::format("{}: \"{}\" must be a number, found {}", origin_, key, excerpt(*value)));
  return value->get<double>();
}

Result<bool> JsonObject::boolean_or(std::string_view key, bool fallback) const {
  if (json_.is_object() && !json_.contains(key)) return fallback;
  TAMIS_ASSIGN(const Json* value, member(key));
  if (!value->is_boolean())
    return invalid_input(
        fmt::format("{}: \"{}\" must be true or false, found {}", origin_, key, excerpt(*value)));
  return value->get<bool>();
}

Result<std::string> JsonObject::string(std::string_view key) const {
  TAMIS_ASSIGN(const Json* value, member(key));
  if (!value->is_string())
    return invalid_input(fmt::format("{}: \"{}\" must be a string, found {}", origin_, key, excerpt(*value)));
  return value->get<std::string>();
}

Result<std::string> JsonObject::string_or(std::string_view key, const std::string& fallback) const {
  if (json_.is_object() && !json_.contains(key)) return fallback;
  return string(key);
}

std::string python_json(const Json& json) {
  std::string text;
  append_python(json, text);
  return text;
}

}  // namespace tamis
