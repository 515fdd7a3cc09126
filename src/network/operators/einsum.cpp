#include "network/operators/einsum.h"

#include "network/operators/families.h"
#include "network/operators/moving.h"
#include "network/operators/numbers.h"
#include "network/operators/settings.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tamis::network {
namespace {

/// A term of an equation as it is written.
struct WrittenTerm {
  std::string before;  ///< letters before an ellipsis, all where there is none
  std::string after;
  bool has_ellipsis = false;
};

Result<WrittenTerm> written_term(const Call& call, std::string_view text) {
  WrittenTerm term;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "..." && !term.has_ellipsis) {
      term.has_ellipsis = true;
      i += 2;
    } else if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) {
      (term.has_ellipsis ? term.after : term.before) += text[i];
    } else {
      return call.invalid("\"" + std::string(text) + "\" is no term of an equation");
    }
  }
  return term;
}

/// The labels of a term whose ellipsis stands for so many dimensions.
Term labels_of(const WrittenTerm& written, size_t ellipsis) {
  Term term(written.before.begin(), written.before.end());
  for (size_t i = 0; i < ellipsis; ++i) term.push_back(static_cast<int>(i) - static_cast<int>(ellipsis));
  term.insert(term.end(), written.after.begin(), written.after.end());
  return term;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// Of no output in the equation: the ellipsis, then every letter that stands there once, sorted.
Term implicit_output(const std::vector<Term>& inputs, size_t ellipsis) {
  std::map<Label, int> count;
  for (const Term& term : inputs)
    for (const Label label : term) ++count[label];
  Term output = labels_of({}, ellipsis);
  for (const auto& [label, times] : count)
    if (label >= 0 && times == 1) output.push_back(label);
  return output;
}

/// Adds the sizes of an input; one of 1 is repeated.
Status add_sizes(const Call& call, const Term& term, const Shape& shape, std::map<Label, int64_t>& sizes) {
  for (size_t i = 0; i < term.size(); ++i) {
    int64_t& size = sizes.try_emplace(term[i], 1).first->second;
    if (size != 1 && shape[i] != 1 && size != shape[i])
      return call.invalid("the equation takes sizes " + std::to_string(size) + " and " +
                          std::to_string(shape[i]) + " for the same");
    if (size == 1) size = shape[i];
  }
  return {};
}

/// Adds a term of the left side, and returns how many dimensions its ellipsis stands for.
Result<size_t> add_input(const Call& call, const std::string& text, const Shape& shape, Contraction& all) {
  TAMIS_ASSIGN(const WrittenTerm written, written_term(call, text));
  const size_t letters = written.before.size() + written.after.size();
  if (shape.size() < letters || (shape.size() > letters && !written.has_ellipsis))
    return call.invalid("term \"" + text + "\" does not name the dimensions of an input of shape " +
                        to_string(shape));
  all.inputs.push_back(labels_of(written, shape.size() - letters));
  TAMIS_TRY(add_sizes(call, all.inputs.back(), shape, all.sizes));
  return shape.size() - letters;
}

/// Errors: invalid_input where the output names something twice or something that no input has.
Status check_output(const Call& call, const Contraction& all) {
  for (const Label label : all.output)
    if (all.sizes.count(label) == 0 || std::count(all.output.begin(), all.output.end(), label) != 1)
      return call.invalid("the equation's output names \"" + std::string(1, static_cast<char>(label)) +
                          "\", which no input has or which it names twice");
  return {};
}

Result<std::vector<Fact>> infer_einsum(const Call& call) {
  TAMIS_ASSIGN(const Fact* first, call.input(0));
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Fact* input, call.input(i));
    TAMIS_TRY(check_same_type(call, i, 0));
    if (!input->shape) return one_fact(first->type, std::nullopt);
  }
  TAMIS_ASSIGN(const Contraction all, contraction_of(call));
  Shape shape;
  for (const Label label : all.output) shape.push_back(all.sizes.at(label));
  return one_fact(first->type, std::move(shape));
}

/// The labels in the order of the loops: those of the output, then those that are summed over.
Term loops_of(const Contraction& all) {
  Term loops = all.output;
  for (const auto& [label, size] : all.sizes)
    if (std::find(loops.begin(), loops.end(), label) == loops.end()) loops.push_back(label);
  return loops;
}

/// How much further an input's element lies for each label of the loops; a label that stands there twice
/// walks along a diagonal.
std::vector<int64_t> loop_steps(const Term& loops, const Term& term, const Array& x) {
  const std::vector<int64_t> own = safe_steps(x);
  std::vector<int64_t> steps(loops.size(), 0);
  for (size_t loop = 0; loop < loops.size(); ++loop)
    for (size_t i = 0; i < term.size(); ++i)
      if (term[i] == loops[loop] && x.shape()[i] != 1) steps[loop] += own[i];
  return steps;
}

/// Sums of products; `Number` is double or, so that integers wrap around, uint64_t.
template <class Number>
std::vector<Number> contracted(const Shape& sizes, size_t kept,
                               const std::vector<std::vector<Number>>& inputs,
                               const std::vector<std::vector<int64_t>>& steps) {
  const Shape outer(sizes.begin(), sizes.begin() + static_cast<ptrdiff_t>(kept));
  std::vector<Number> y(static_cast<size_t>(*element_count(outer)), 0);
  if (element_count(sizes) == 0) return y;
  const auto summed =
      static_cast<size_t>(*element_count(Shape(sizes.begin() + static_cast<ptrdiff_t>(kept), sizes.end())));
  std::vector<int64_t> index(sizes.size(), 0);
  for (Number& element : y)
    for (size_t i = 0; i < summed; ++i) {
      Number product = 1;
      for (size_t input = 0; input < inputs.size(); ++input) {
        int64_t place = 0;
        for (size_t loop = 0; loop < index.size(); ++loop) place += index[loop] * steps[input][loop];
        product *= inputs[input][static_cast<size_t>(place)];
      }
      element += product;
      next_index(sizes, index, index.size());
    }
  return y;
}

/// More products than a reference should compute, which a hostile equation asks for with few elements.
constexpr int64_t kMostProducts = int64_t{1} << 36;

Result<std::vector<Array>> einsum(const Call& call, const std::vector<Fact>& outputs) {
  TAMIS_ASSIGN(const Contraction all, contraction_of(call));
  const Term loops = loops_of(all);
  Shape sizes;
  for (const Label label : loops) sizes.push_back(all.sizes.at(label));
  const std::optional<int64_t> products = element_count(sizes);
  if (!products || *products > kMostProducts)
    return call.cannot("sums over " + to_string(sizes) + " products are too many");
  std::vector<std::vector<int64_t>> steps;
  std::vector<std::vector<double>> fractions;
  std::vector<std::vector<uint64_t>> wholes;
  for (size_t i = 0; i < call.inputs(); ++i) {
    TAMIS_ASSIGN(const Array x, call.value(i));
    steps.push_back(loop_steps(loops, all.inputs[i], x));
    if (const auto given = x.integers())
      wholes.emplace_back(given->begin(), given->end());
    else
      fractions.push_back(to_doubles(x));
  }
  const Shape& shape = *outputs[0].shape;
  if (wholes.empty())
    return std::vector{array_from(outputs[0].type, shape, contracted(sizes, shape.size(), fractions, steps))};
  return std::vector{array_from(outputs[0].type, shape, contracted(sizes, shape.size(), wholes, steps))};
}

constexpr std::array kEinsumOperators{OperatorDefinition{"Einsum", infer_einsum, einsum}};

}  // namespace

Result<Contraction> contraction_of(const Call& call) {
  TAMIS_ASSIGN(std::string equation, call.text("equation", ""));
  equation.erase(std::remove(equation.begin(), equation.end(), ' '), equation.end());
  const size_t arrow = equation.find("->");
  const std::vector<std::string> terms = split_at_commas(equation.substr(0, arrow));
  if (terms.size() != call.inputs() || call.inputs() == 0)
    return call.invalid("equation \"" + equation + "\" has " + std::to_string(terms.size()) + " terms for " +
                        std::to_string(call.inputs()) + " inputs");
  Contraction all;
  size_t ellipsis = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    TAMIS_ASSIGN(const Shape shape, call.shape(i));
    TAMIS_ASSIGN(const size_t dimensions, add_input(call, terms[i], shape, all));
    ellipsis = std::max(ellipsis, dimensions);
  }
  all.output = implicit_output(all.inputs, ellipsis);
  if (arrow == std::string::npos) return all;
  TAMIS_ASSIGN(const WrittenTerm written, written_term(call, equation.substr(arrow + 2)));
  all.output = labels_of(written, written.has_ellipsis ? ellipsis : 0);
  TAMIS_TRY(check_output(call, all));
  return all;
}

std::span<const OperatorDefinition> einsum_operators() { return kEinsumOperators; }

}  // namespace tamis::network
