#pragma once

#include "tamis/strategies.h"

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tamis::options {

/// An option and the field of a strategy's parameters that it sets.
template <class Parameters>
struct OptionField {
  std::string name;
  std::string description;
  double least = 0;
  double most = 0;
  std::variant<size_t& (*)(Parameters&), int& (*)(Parameters&), double& (*)(Parameters&),
               bool& (*)(Parameters&), std::optional<double>& (*)(Parameters&)>
      field;
};

/// The value by which a strategy chooses itself.
inline constexpr const char* kAutomatic = "auto";

/// The canonical form of a value.
std::string option_text(size_t value);
std::string option_text(int value);
std::string option_text(double value);
std::string option_text(bool value);
std::string option_text(const std::optional<double>& value);
/// The value of a checked option.
void read_option(const std::string& text, size_t& value);
void read_option(const std::string& text, int& value);
void read_option(const std::string& text, double& value);
void read_option(const std::string& text, bool& value);
void read_option(const std::string& text, std::optional<double>& value);

inline OptionType type_of(size_t) { return OptionType::integer; }
inline OptionType type_of(int) { return OptionType::integer; }
inline OptionType type_of(double) { return OptionType::number; }
inline OptionType type_of(bool) { return OptionType::boolean; }
inline OptionType type_of(const std::optional<double>&) { return OptionType::number; }

/// The options as they are declared to users; defaults are those of default parameters.
template <class Parameters>
std::vector<StrategyOption> declare(const std::vector<OptionField<Parameters>>& fields) {
  std::vector<StrategyOption> options;
  Parameters defaults;
  for (const OptionField<Parameters>& field : fields)
    std::visit(
        [&](const auto& access) {
          const auto value = access(defaults);
          options.push_back({field.name, field.description, type_of(value), option_text(value), field.least,
                             field.most,
                             std::is_same_v<std::remove_cv_t<decltype(value)>, std::optional<double>>});
        },
        field.field);
  return options;
}

/// Parameters with the given options set. Errors: those of check_options.
template <class Parameters>
Result<Parameters> read_options(const std::string& strategy,
                                const std::vector<OptionField<Parameters>>& fields,
                                const StrategyOptions& given) {
  TAMIS_ASSIGN(const StrategyOptions checked, check_options(strategy, declare(fields), given));
  Parameters parameters;
  for (const OptionField<Parameters>& field : fields)
    if (const auto found = checked.find(field.name); found != checked.end())
      std::visit([&](const auto& access) { read_option(found->second, access(parameters)); }, field.field);
  return parameters;
}

}  // namespace tamis::options
