#include "tamis/space.h"

#include "base/json.h"
#include "bindings/common/spaces.h"
#include "bindings/python/native.h"
#include "space/file/own_space.h"
#include "space/file/space_file.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {
namespace {

using NamedValues = std::pair<std::string, std::vector<KnobValue>>;

KnobKind kind_of(const KnobValue& value) {
  if (std::holds_alternative<std::string>(value)) return KnobKind::name;
  return std::holds_alternative<std::vector<int64_t>>(value) ? KnobKind::split : KnobKind::number;
}

/// The product of the factors; nothing for what is not a split or too large.
std::optional<int64_t> extent_of(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors == nullptr) return std::nullopt;
  int64_t product = 1;
  for (const int64_t factor : *factors)
    if (factor < 1 || __builtin_mul_overflow(product, factor, &product)) return std::nullopt;
  return product;
}

Result<Knob> knob_of(NamedValues named) {
  Knob knob{std::move(named.first), KnobKind::number, std::move(named.second)};
  if (knob.values.empty()) return knob;  // the space will refuse it
  const KnobValue& first = knob.values.front();
  knob.kind = kind_of(first);
  for (const KnobValue& value : knob.values)
    if (kind_of(value) != knob.kind)
      return invalid_input(fmt::format(
          "the values of the knob {} must be all numbers, all text or all lists of factors", knob.name));
  const auto parts = [](const KnobValue& value) { return std::get<std::vector<int64_t>>(value).size(); };
  const auto alike = [&](const KnobValue& value) {
    return extent_of(value) && extent_of(value) == extent_of(first) && parts(value) == parts(first);
  };
  if (knob.kind == KnobKind::split && !std::all_of(knob.values.begin(), knob.values.end(), alike))
    return invalid_input(fmt::format(
        "the values of the knob {} must split one extent into the same number of factors, each at least 1",
        knob.name));
  return knob;
}

Space space_of(const std::vector<NamedValues>& knobs, const std::vector<std::string>& constraints,
               const std::vector<std::vector<NamedValues>>& likely_good) {
  std::vector<Knob> made;
  made.reserve(knobs.size());
  for (const NamedValues& named : knobs) made.push_back(value_of(knob_of(named)));
  std::vector<NamedHint> hints;
  for (const std::vector<NamedValues>& hint : likely_good) {
    NamedHint& named = hints.emplace_back();
    for (const auto& [name, values] : hint) {
      named.emplace_back(name, std::vector<std::string>());
      for (const KnobValue& value : values) named.back().second.push_back(to_string(value));
    }
  }
  return value_of(bindings::make_space(std::move(made), constraints, hints));
}

/// A value as Python has it: a split is a tuple.
py::object to_python(const KnobValue& value) {
  if (const auto* factors = std::get_if<std::vector<int64_t>>(&value)) return py::tuple(py::cast(*factors));
  return py::cast(value);
}

py::list knobs_of(const Space& space) {
  py::list knobs;
  for (const Knob& knob : space.knobs()) {
    py::list values;
    for (const KnobValue& value : knob.values) values.append(to_python(value));
    knobs.append(py::make_tuple(knob.name, values));
  }
  return knobs;
}

Array sample(const Space& space, size_t count, uint64_t seed) {
  Random random = Random::stream(seed, "sample");
  const size_t columns = space.knobs().size();
  size_t size = 0;
  std::vector<uint32_t> choices;
  if (__builtin_mul_overflow(count, columns, &size) || size > choices.max_size()) throw std::bad_alloc();
  choices.reserve(size);
  for (size_t row = 0; row < count; ++row) {
    const std::optional<Config> config = space.sample(random);
    if (!config)
      throw Failure{unsupported("no config was found that the constraints allow; relax one of them")};
    choices.insert(choices.end(), config->choices.begin(), config->choices.end());
  }
  return {choices, count, columns};
}

py::tuple splits(int64_t extent, int64_t parts) {
  const Json json = {{"split", extent}, {"parts", parts}};
  const OwnKnob own = value_of(read_own_knob("", json, "splits"));
  py::list values;
  for (const KnobValue& value : own.knob.values) values.append(to_python(value));
  return py::tuple(values);
}

py::list constraints_of(const Space& space) {
  py::list texts;
  for (const Constraint& constraint : space.constraints()) texts.append(constraint.text);
  return texts;
}

/// Hints as a list of dictionaries from names to values.
py::list hints_of(const Space& space) {
  py::list hints;
  for (const Hint& hint : space.hints()) {
    py::dict named;
    for (const HintedKnob& hinted : hint.knobs) {
      const Knob& knob = space.knobs()[hinted.knob];
      py::list values;
      for (const uint32_t value : hinted.values) values.append(to_python(knob.values[value]));
      named[py::str(knob.name)] = values;
    }
    hints.append(named);
  }
  return hints;
}

}  // namespace

Config config_of(const Space& space, std::vector<uint32_t> choices) {
  Config config{std::move(choices)};
  if (belongs(space, config)) return config;
  throw Failure{invalid_input("the choices are not of this space")};
}

void bind_space(py::module_& module) {
  module.def("splits", &splits, py::arg("extent"), py::arg("parts"));
  py::class_<Space, std::shared_ptr<Space>>(module, "Space")
      .def(py::init(&space_of), py::arg("knobs"), py::arg("constraints"), py::arg("likely_good"))
      .def_static(
          "read", [](const std::string& path) { return value_of(read_space_file(path)).space; },
          py::arg("path"))
      .def_property_readonly("knobs", &knobs_of)
      .def_property_readonly("constraints", &constraints_of)
      .def_property_readonly("likely_good", &hints_of)
      .def_property_readonly("allowed", &count_allowed)
      .def_property_readonly("fingerprint", &Space::fingerprint)
      .def(
          "allows",
          [](const Space& space, std::vector<uint32_t> choices) {
            return space.allows(config_of(space, std::move(choices)));
          },
          py::arg("choices"))
      .def(
          "describe",
          [](const Space& space, std::vector<uint32_t> choices) {
            return space.describe(config_of(space, std::move(choices)));
          },
          py::arg("choices"))
      .def("sample", &sample, py::arg("count"), py::arg("seed"));
}

}  // namespace tamis::python
