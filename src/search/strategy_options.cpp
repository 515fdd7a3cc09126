#include "search/strategy_options.h"

#include "base/text.h"
#include "tamis/strategies.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tamis {
namespace {

bool in_range(const StrategyOption& option, double value) {
  return value >= option.least && value <= option.most;
}

/// The canonical form of a value; nothing for one that the option does not take.
std::optional<std::string> canonical(const StrategyOption& option, const std::string& text) {
  if (option.automatic && text == options::kAutomatic) return text;
  switch (option.type) {
    case OptionType::integer: {
      const std::optional<int64_t> value = parse_integer(text);
      if (!value || !in_range(option, static_cast<double>(*value))) return std::nullopt;
      return std::to_string(*value);
    }
    case OptionType::number: {
      const std::optional<double> value = parse_number(text);
      if (!value || !in_range(option, *value)) return std::nullopt;
      return options::option_text(*value);
    }
    case OptionType::boolean:
      break;
  }
  if (text != "true" && text != "false") return std::nullopt;
  return text;
}

Error unknown_option(const std::string& strategy, const std::vector<StrategyOption>& declared,
                     const std::string& name) {
  if (declared.empty()) return not_found(fmt::format("strategy \"{}\" has no options", strategy));
  std::vector<std::string_view> names;
  names.reserve(declared.size());
  for (const StrategyOption& option : declared) names.emplace_back(option.name);
  return not_found(
      fmt::format("strategy \"{}\" has no option \"{}\"{}", strategy, name, did_you_mean(name, names)));
}

}  // namespace

namespace options {

std::string option_text(size_t value) { return std::to_string(value); }
std::string option_text(int value) { return std::to_string(value); }
std::string option_text(double value) { return fmt::format("{}", value == 0 ? 0.0 : value); }
std::string option_text(bool value) { return value ? "true" : "false"; }
std::string option_text(const std::optional<double>& value) {
  return value ? option_text(*value) : kAutomatic;
}

void read_option(const std::string& text, size_t& value) {
  value = static_cast<size_t>(parse_integer(text).value_or(0));
}
void read_option(const std::string& text, int& value) {
  value = static_cast<int>(parse_integer(text).value_or(0));
}
void read_option(const std::string& text, double& value) { value = parse_number(text).value_or(0); }
void read_option(const std::string& text, bool& value) { value = text == "true"; }
void read_option(const std::string& text, std::optional<double>& value) { value = parse_number(text); }

}  // namespace options

std::string allowed_values(const StrategyOption& option) {
  if (option.type == OptionType::boolean) return "true or false";
  return fmt::format("{} from {} to {}{}", option.type == OptionType::integer ? "an integer" : "a number",
                     options::option_text(option.least), options::option_text(option.most),
                     option.automatic ? ", or auto" : "");
}

Result<StrategyOptions> check_options(const std::string& strategy,
                                      const std::vector<StrategyOption>& declared,
                                      const StrategyOptions& given) {
  StrategyOptions checked;
  for (const auto& [name, text] : given) {
    const auto option =
        std::find_if(declared.begin(), declared.end(),
                     [&wanted = name](const StrategyOption& one) { return one.name == wanted; });
    if (option == declared.end()) return unknown_option(strategy, declared, name);
    std::optional<std::string> value = canonical(*option, text);
    if (!value)
      return invalid_input(fmt::format("option \"{}\" of strategy \"{}\" cannot be \"{}\"; give {}", name,
                                       strategy, text, allowed_values(*option)));
    if (*value != option->default_value) checked.emplace(name, std::move(*value));
  }
  return checked;
}

}  // namespace tamis
