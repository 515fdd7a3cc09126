#pragma once

#include "base/result.h"
#include "search/strategy.h"

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tamis {

/// What values an option takes.
enum class OptionType { integer, number, boolean };

/// An option of a strategy as a user may set it: `--strategy tamis:caution=1.5`.
struct StrategyOption {
  std::string name;
  std::string description;  ///< half a line, for tables and help
  OptionType type = OptionType::number;
  std::string default_value;  ///< in its canonical form
  double least = 0;           ///< the smallest value of an integer or a number ...
  double most = 0;            ///< ... and the largest
};

/// What values the option takes, in words: `an integer from 1 to 100`, `true or false`.
std::string allowed_values(const StrategyOption& option);

/// Options as given, checked against those that a strategy declares, in their canonical form and without
/// those that equal their defaults. Errors: not_found for an option that is not declared, with the nearest
/// one; invalid_input for a value that the option does not take, saying which it does.
Result<StrategyOptions> check_options(const std::string& strategy,
                                      const std::vector<StrategyOption>& declared,
                                      const StrategyOptions& given);

/// An option and the field of a strategy's parameters that it sets.
template <class Parameters>
struct OptionField {
  std::string name;
  std::string description;
  double least = 0;
  double most = 0;
  std::variant<size_t& (*)(Parameters&), int& (*)(Parameters&), double& (*)(Parameters&),
               bool& (*)(Parameters&)>
      field;
};

/// The canonical form of a value.
std::string option_text(size_t value);
std::string option_text(int value);
std::string option_text(double value);
std::string option_text(bool value);
/// The value of a checked option.
void read_option(const std::string& text, size_t& value);
void read_option(const std::string& text, int& value);
void read_option(const std::string& text, double& value);
void read_option(const std::string& text, bool& value);

inline OptionType type_of(size_t) { return OptionType::integer; }
inline OptionType type_of(int) { return OptionType::integer; }
inline OptionType type_of(double) { return OptionType::number; }
inline OptionType type_of(bool) { return OptionType::boolean; }

/// The options as they are declared to users; defaults are those of default parameters.
template <class Parameters>
std::vector<StrategyOption> declare(const std::vector<OptionField<Parameters>>& fields) {
  std::vector<StrategyOption> options;
  Parameters defaults;
  for (const OptionField<Parameters>& field : fields)
    std::visit(
        [&](const auto& access) {
          const auto value = access(defaults);
          options.push_back(
              {field.name, field.description, type_of(value), option_text(value), field.least, field.most});
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

}  // namespace tamis
