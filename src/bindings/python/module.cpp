#include "bindings/python/native.h"
#include "tamis/formats.h"
#include "tamis/strategies.h"
#include "tamis/trial.h"
#include "tamis/version.h"

#include <exception>

namespace py = pybind11;

namespace tamis::python {
namespace {

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(std::move(pointer));
  } catch (const Failure& failure) {
    const py::object type = py::module_::import("tamis._error").attr("Error");
    const py::object error = type(failure.error.message, to_string(failure.error.kind));
    PyErr_SetObject(type.ptr(), error.ptr());
  }
}

template <class Kinds>
py::tuple names_of(const Kinds& kinds) {
  py::list names;
  for (const auto& kind : kinds) names.append(kind.name);
  return py::tuple(names);
}

}  // namespace
}  // namespace tamis::python

PYBIND11_MODULE(_tamis, module) {
  module.doc() = "The native part of the package tamis; use that.";
  py::register_exception_translator(&tamis::python::translate);
  module.attr("VERSION") = tamis::kVersion;
  py::list verdicts;
  for (const tamis::Verdict verdict : tamis::kVerdicts) verdicts.append(tamis::to_string(verdict));
  module.attr("VERDICTS") = py::tuple(verdicts);
  module.attr("STRATEGIES") = tamis::python::names_of(tamis::strategy_kinds());
  module.attr("INITIALIZERS") = tamis::python::names_of(tamis::initializer_kinds());
  tamis::python::bind_array(module);
  module.attr("FORMATS") = tamis::python::names_of(tamis::formats());
  tamis::python::bind_space(module);
  tamis::python::bind_trial(module);
  tamis::python::bind_trial_set(module);
  tamis::python::bind_study(module);
  tamis::python::bind_library(module);
}
