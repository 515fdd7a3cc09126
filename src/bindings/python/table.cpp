#include "bindings/python/native.h"
#include "format/recorded_table.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {

void bind_table(py::module_& module) {
  py::class_<RecordedTable>(module, "Table")
      .def(py::init([](const std::string& path) {
             const py::gil_scoped_release release;
             return value_of(read_recorded_table(path));
           }),
           py::arg("path"))
      .def_readonly("name", &RecordedTable::name)
      .def_property_readonly("space",
                             [](const RecordedTable& table) { return std::make_shared<Space>(table.space); })
      .def_property_readonly("best_ns", &RecordedTable::best_ns)
      .def_property_readonly("valid", &RecordedTable::valid)
      .def("__len__", [](const RecordedTable& table) { return table.trials.size(); })
      .def(
          "find",
          [](const RecordedTable& table, std::vector<uint32_t> choices) {
            const Trial* trial = table.find(config_of(table.space, std::move(choices)));
            return trial == nullptr ? std::optional<Trial>() : std::optional<Trial>(*trial);
          },
          py::arg("choices"));
}

}  // namespace tamis::python
