#pragma once

#include "tamis/expression.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::gpu {

/// What the formulas of a kernel file may name: the knobs, then the file's constants, each a knob of one
/// value.
class FormulaNames {
 public:
  explicit FormulaNames(std::vector<Knob> knobs) : names_(std::move(knobs)), knobs_(names_.size()) {}

  /// Errors: invalid_input for a name that is taken.
  Status add_constant(const std::string& name, KnobValue value, const std::string& place);
  const std::vector<Knob>& names() const { return names_; }
  size_t knob_count() const { return knobs_; }
  /// A config of the knobs as one of these names.
  Config extend(const Config& config) const;

 private:
  std::vector<Knob> names_;
  size_t knobs_ = 0;
};

/// Which names a formula may hold.
enum class Scope {
  config,     ///< knobs and constants: its value is the config's
  constants,  ///< constants only: its value is the same for all configs
};

/// A number or a formula of a file, with its place there for errors. Immutable, thread safe.
class Formula {
 public:
  /// From a number, a boolean, or the text of a formula. Errors: invalid_input for anything else, and as
  /// Expression::parse; of a knob where only constants may be named it says so.
  static Result<Formula> read(const Json& json, const FormulaNames& names, Scope scope,
                              const std::string& place);

  /// The value under a config of the knobs. Errors: invalid_input where there is none.
  Result<KnobValue> value(const FormulaNames& names, const Config& config) const;
  /// The value as a whole number of at least `least`. Errors: invalid_input for any other.
  Result<uint64_t> whole(const FormulaNames& names, const Config& config, uint64_t least) const;
  /// The value as a number. Errors: invalid_input for a name.
  Result<double> number(const FormulaNames& names, const Config& config) const;
  /// The value as a number above 0, whole or not. Errors: invalid_input for any other.
  Result<double> positive(const FormulaNames& names, const Config& config) const;
  /// The positions of the knobs that it names among FormulaNames::names, constants left out.
  std::vector<size_t> knobs(const FormulaNames& names) const;
  /// The same of a formula of constants.
  Result<KnobValue> value(const FormulaNames& names) const;
  Result<uint64_t> whole(const FormulaNames& names, uint64_t least) const;

 private:
  Formula(Expression expression, std::string text, std::string place)
      : expression_(std::move(expression)), text_(std::move(text)), place_(std::move(place)) {}
  Expression expression_;
  std::string text_;
  std::string place_;
};

/// A formula over the index `i` of an element, and the constants.
class IndexFormula {
 public:
  /// Errors: as Formula::read.
  static Result<IndexFormula> read(const std::string& text, const FormulaNames& names,
                                   const std::string& place);
  /// Calls `take` with each index from `first` on and below `last`, and the value there, or until it returns
  /// an error, which is returned. Errors: invalid_input naming the index where there is no value.
  template <class Take>
  Status for_each(const FormulaNames& names, uint64_t first, uint64_t last, Take&& take) const {
    for (uint64_t begin = first; begin < last; begin += kBlock) {
      const uint64_t end = std::min(begin + kBlock, last);
      TAMIS_ASSIGN(const std::vector<KnobValue> values, block(names, begin, end));
      for (uint64_t i = begin; i < end; ++i) TAMIS_TRY(take(i, values[i - begin]));
    }
    return {};
  }

 private:
  static constexpr uint64_t kBlock = 16384;
  Result<std::vector<KnobValue>> block(const FormulaNames& names, uint64_t begin, uint64_t end) const;
  std::string text_;
  std::string place_;
};

/// A value as a macro has it: a real number always with a point or an exponent.
std::string macro_text(const KnobValue& value);

}  // namespace tamis::gpu
