#include "bindings/python/native.h"
#include "network/deploy/loaded_library.h"
#include "network/deploy/sample_inputs.h"

#include <mutex>

#include <pybind11/stl.h>

namespace py = pybind11;

namespace tamis::python {
namespace {

using network::LibraryPort;
using network::LibraryTimes;
using network::LoadedLibrary;

/// A loaded library that several threads may use: they take turns, and meanwhile others may run Python.
class SharedLibrary {
 public:
  explicit SharedLibrary(std::unique_ptr<LoadedLibrary> loaded) : loaded_(std::move(loaded)) {}

  const network::Library& library() const { return loaded_->library(); }
  int threads() const { return loaded_->threads(); }
  void run(const std::vector<const void*>& inputs, const std::vector<void*>& outputs) {
    const py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    loaded_->run_into(inputs, outputs);
  }
  LibraryTimes time(const std::vector<const void*>& inputs, const std::vector<void*>& outputs,
                    size_t repeat) {
    const py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return loaded_->time(inputs, outputs, repeat);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<LoadedLibrary> loaded_;
};

std::unique_ptr<SharedLibrary> load_library(const std::string& path, int threads) {
  const py::gil_scoped_release release;
  return std::make_unique<SharedLibrary>(value_of(LoadedLibrary::open(path, threads)));
}

/// Name, element type and shape of each.
py::list port_list(const std::vector<LibraryPort>& all) {
  py::list list;
  for (const LibraryPort& port : all)
    list.append(
        py::make_tuple(port.name, std::string(to_string(port.type)), py::tuple(py::cast(port.shape))));
  return list;
}

/// Views of the memory of objects that have a buffer, in C order; they must live while the memory is used.
std::vector<py::buffer_info> views_of(const std::vector<py::buffer>& buffers,
                                      const std::vector<LibraryPort>& ports, bool written) {
  if (buffers.size() != ports.size()) throw Failure{invalid_input("there must be one array for each port")};
  std::vector<py::buffer_info> views;
  for (size_t i = 0; i < ports.size(); ++i) {
    views.push_back(buffers[i].request(written));
    const auto bytes = static_cast<size_t>(views.back().size * views.back().itemsize);
    const size_t wanted =
        static_cast<size_t>(*network::element_count(ports[i].shape)) * network::element_size(ports[i].type);
    if (bytes != wanted || PyBuffer_IsContiguous(views.back().view(), 'C') == 0)
      throw Failure{invalid_input("the array for \"" + ports[i].name + "\" has not the memory of its port")};
  }
  return views;
}

template <class Pointer>
std::vector<Pointer> pointers_of(const std::vector<py::buffer_info>& views) {
  std::vector<Pointer> pointers;
  pointers.reserve(views.size());
  for (const py::buffer_info& view : views) pointers.push_back(view.ptr);
  return pointers;
}

void run_library(SharedLibrary& shared, const std::vector<py::buffer>& inputs,
                 const std::vector<py::buffer>& outputs) {
  const auto in = views_of(inputs, shared.library().inputs, false);
  const auto out = views_of(outputs, shared.library().outputs, true);
  shared.run(pointers_of<const void*>(in), pointers_of<void*>(out));
}

/// The ns of each run, and the median ns of each step.
py::tuple time_library(SharedLibrary& shared, const std::vector<py::buffer>& inputs,
                       const std::vector<py::buffer>& outputs, size_t repeat) {
  const auto in = views_of(inputs, shared.library().inputs, false);
  const auto out = views_of(outputs, shared.library().outputs, true);
  const LibraryTimes times = shared.time(pointers_of<const void*>(in), pointers_of<void*>(out), repeat);
  return py::make_tuple(times.run_ns, times.step_ns);
}

/// Name and kernel of each step.
py::list step_list(const SharedLibrary& shared) {
  py::list list;
  for (const network::LibraryStep& step : shared.library().steps)
    list.append(py::make_tuple(step.name, network::what_of(shared.library(), step)));
  return list;
}

/// The bytes of what fills an input that nobody gives.
py::bytes sample_bytes(const SharedLibrary& shared, size_t input) {
  const std::vector<LibraryPort>& inputs = shared.library().inputs;
  if (input >= inputs.size()) throw Failure{not_found("there is no input " + std::to_string(input))};
  const network::Array array = value_of(network::sample_input(inputs[input], input));
  return {reinterpret_cast<const char*>(array.bytes().data()), array.bytes().size()};
}

}  // namespace

void bind_library(py::module_& module) {
  py::class_<SharedLibrary>(module, "Library")
      .def(py::init(&load_library), py::arg("path"), py::arg("threads"))
      .def_property_readonly("name", [](const SharedLibrary& shared) { return shared.library().name; })
      .def_property_readonly("threads", &SharedLibrary::threads)
      .def_property_readonly("inputs",
                             [](const SharedLibrary& shared) { return port_list(shared.library().inputs); })
      .def_property_readonly("outputs",
                             [](const SharedLibrary& shared) { return port_list(shared.library().outputs); })
      .def_property_readonly("steps", &step_list)
      .def("sample", &sample_bytes, py::arg("input"))
      .def("run", &run_library, py::arg("inputs"), py::arg("outputs"))
      .def("time", &time_library, py::arg("inputs"), py::arg("outputs"), py::arg("repeat"));
}

}  // namespace tamis::python
