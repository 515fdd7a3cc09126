#include "space/python/printer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>

namespace tamis::python {
namespace {

using NameOfColumn = std::function<Result<std::string>(uint32_t)>;

/// How tightly a part binds; a part that binds no tighter than what it stands in is put in parentheses.
enum Binding {
  kConditional,
  kOr,
  kAnd,
  kNot,
  kComparison,
  kBitOr,
  kBitXor,
  kBitAnd,
  kShift,
  kSum,
  kTerm,
  kSign,
  kPower,
  kAtom
};

Binding binding_of(Operator operation) {
  switch (operation) {
    case Operator::bit_or:
      return kBitOr;
    case Operator::bit_xor:
      return kBitXor;
    case Operator::bit_and:
      return kBitAnd;
    case Operator::shift_left:
    case Operator::shift_right:
      return kShift;
    case Operator::add:
    case Operator::subtract:
      return kSum;
    case Operator::power:
      return kPower;
    default:
      return kTerm;
  }
}

Binding binding_of(const Syntax& node) {
  switch (node.form) {
    case Form::conditional:
      return kConditional;
    case Form::disjunction:
      return kOr;
    case Form::conjunction:
      return kAnd;
    case Form::negation:
      return kNot;
    case Form::comparison:
      return kComparison;
    case Form::arithmetic:
      return binding_of(node.operators.front());
    case Form::negative:
    case Form::positive:
    case Form::inverted:
      return kSign;
    default:
      return kAtom;
  }
}

class Printer {
 public:
  explicit Printer(const NameOfColumn& name_of_column) : name_of_column_(name_of_column) {}

  /// The text of a part that stands where something binds so tightly.
  Result<std::string> within(const Syntax& node, Binding around) {
    TAMIS_ASSIGN(std::string text, print(node));
    return binding_of(node) <= around ? "(" + text + ")" : text;
  }

  Result<std::string> print(const Syntax& node) {
    switch (node.form) {
      case Form::constant:
        return constant(node.constant);
      case Form::name:
        return node.name;
      case Form::column:
        return name_of_column_(node.column);
      case Form::negation:
        return prefixed("not ", node.parts[0], kComparison);
      case Form::negative:
        return prefixed("-", node.parts[0], kSign);
      case Form::positive:
        return prefixed("+", node.parts[0], kSign);
      case Form::inverted:
        return prefixed("~", node.parts[0], kSign);
      case Form::arithmetic:
        return operators(node, binding_of(node));
      case Form::comparison:
        return operators(node, kComparison);
      case Form::conjunction:
        return joined(node.parts, " and ", kAnd);
      case Form::disjunction:
        return joined(node.parts, " or ", kOr);
      case Form::conditional:
        return conditional(node);
      case Form::comprehension:
        return comprehension(node);
      case Form::subscript:
      case Form::slice:
        return subscript(node);
      default:
        return display(node);
    }
  }

 private:
  static Result<std::string> constant(const Value& value) {
    const std::optional<std::string> text = value.repr();
    if (!text) return unsupported("it holds a text with control characters");
    return *text;
  }

  Result<std::string> prefixed(const char* sign, const Syntax& part, Binding around) {
    TAMIS_ASSIGN(const std::string text, within(part, around));
    return sign + text;
  }

  Result<std::string> operators(const Syntax& node, Binding around) {
    // Few know how sums bind beside operators of bits.
    if (around >= kBitOr && around <= kShift) around = kTerm;
    TAMIS_ASSIGN(std::string text, within(node.parts[0], around));
    for (size_t i = 0; i < node.operators.size(); ++i) {
      TAMIS_ASSIGN(const std::string part, within(node.parts[i + 1], around));
      text += fmt::format(" {} {}", symbol_of(node.operators[i]), part);
    }
    return text;
  }

  Result<std::string> joined(const std::vector<Syntax>& parts, const char* word, Binding around) {
    std::string text;
    for (const Syntax& part : parts) {
      TAMIS_ASSIGN(const std::string one, within(part, around));
      text += (text.empty() ? "" : word) + one;
    }
    return text;
  }

  Result<std::string> conditional(const Syntax& node) {
    TAMIS_ASSIGN(const std::string condition, within(node.parts[0], kConditional));
    TAMIS_ASSIGN(const std::string one, within(node.parts[1], kConditional));
    TAMIS_ASSIGN(const std::string other, within(node.parts[2], kConditional));
    return fmt::format("{} if {} else {}", one, condition, other);
  }

  Result<std::string> comprehension(const Syntax& node) {
    TAMIS_ASSIGN(std::string text, within(node.parts[0], kConditional));
    for (size_t i = 1; i < node.parts.size(); ++i) {
      const Syntax& clause = node.parts[i];
      TAMIS_ASSIGN(const std::string part, within(clause.parts[0], kConditional));
      text +=
          clause.form == Form::if_clause ? " if " + part : fmt::format(" for {} in {}", clause.name, part);
    }
    if (node.is_lazy) return text;
    return node.is_set ? "{" + text + "}" : "[" + text + "]";
  }

  Result<std::string> subscript(const Syntax& node) {
    TAMIS_ASSIGN(const std::string whole, within(node.parts[0], kPower));
    if (node.form == Form::subscript) {
      TAMIS_ASSIGN(const std::string index, print(node.parts[1]));
      return fmt::format("{}[{}]", whole, index);
    }
    std::string bounds;
    for (size_t i = 1; i < node.parts.size(); ++i) {
      if (i > 1) bounds += ":";
      if (node.parts[i].form == Form::constant && node.parts[i].constant.is_none()) continue;
      TAMIS_ASSIGN(const std::string bound, print(node.parts[i]));
      bounds += bound;
    }
    return fmt::format("{}[{}]", whole, bounds);
  }

  Result<std::string> display(const Syntax& node) {
    TAMIS_ASSIGN(const std::string parts, joined(node.parts, ", ", kConditional));
    if (node.form == Form::call) return fmt::format("{}({})", node.name, parts);
    if (node.form == Form::tuple) return node.parts.size() == 1 ? "(" + parts + ",)" : "(" + parts + ")";
    return node.form == Form::list ? "[" + parts + "]" : "{" + parts + "}";
  }

  const NameOfColumn& name_of_column_;
};

/// Sums, products and remainders of knobs and numbers.
bool is_plain_term(const Syntax& node) {
  if (node.form == Form::column) return true;
  if (node.form == Form::constant) return node.constant.is_number() && !node.constant.is_boolean();
  return node.form == Form::arithmetic &&
         std::all_of(node.operators.begin(), node.operators.end(),
                     [](Operator one) {
                       return one == Operator::add || one == Operator::multiply || one == Operator::modulo;
                     }) &&
         std::all_of(node.parts.begin(), node.parts.end(), is_plain_term);
}

/// Whether a chain of comparisons means the same to one who searches it for symbols.
bool is_plain_comparison(const Syntax& node) {
  // Of a number below it Kernel Tuner takes 1e-12 away where `<` excludes it, which larger ones do not
  // notice.
  constexpr double kNoticed = 4096;
  const bool strict = std::any_of(node.operators.begin(), node.operators.end(), [](Operator one) {
    return one == Operator::less || one == Operator::greater;
  });
  return node.form == Form::comparison &&
         std::none_of(node.operators.begin(), node.operators.end(),
                      [](Operator one) { return one == Operator::in || one == Operator::not_in; }) &&
         std::all_of(node.parts.begin(), node.parts.end(), [&](const Syntax& part) {
           const bool number = part.form == Form::constant && part.constant.is_number();
           return is_plain_term(part) &&
                  (!strict || part.form == Form::column || part.form == Form::arithmetic ||
                   (number && *part.constant.real() < kNoticed));
         });
}

constexpr std::array<std::string_view, 35> kPythonKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

}  // namespace

Result<std::string> print(const Syntax& root, const NameOfColumn& name_of_column) {
  return Printer(name_of_column).print(root);
}

Result<std::string> print_condition(const Syntax& root, const NameOfColumn& name_of_column) {
  Printer printer(name_of_column);
  TAMIS_ASSIGN(std::string text, printer.print(root));
  if (is_plain_comparison(root) || text.find(" and ") != std::string::npos ||
      text.find(" or ") != std::string::npos)
    return text;
  TAMIS_ASSIGN(text, printer.within(root, kAnd));
  return text + " and True";
}

bool is_python_name(std::string_view text) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  }) && std::find(kPythonKeywords.begin(), kPythonKeywords.end(), text) == kPythonKeywords.end();
}

}  // namespace tamis::python
