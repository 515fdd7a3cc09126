#include "bindings/python/native.h"

#include <algorithm>
#include <cstring>

namespace py = pybind11;

namespace tamis::python {

Array::Array(const void* values, size_t item_bytes, std::string format, const std::vector<size_t>& shape)
    : format_(std::move(format)), shape_(shape.begin(), shape.end()), strides_(shape.size()) {
  size_t stride = item_bytes;
  for (size_t i = shape.size(); i-- > 0; stride *= shape[i]) strides_[i] = static_cast<py::ssize_t>(stride);
  bytes_.resize(std::max<size_t>(stride, 1));  // an address even where there is nothing
  if (stride > 0) std::memcpy(bytes_.data(), values, stride);
}

py::buffer_info Array::view() {
  return {bytes_.data(), strides_.back(), format_, static_cast<py::ssize_t>(shape_.size()), shape_, strides_};
}

void bind_array(py::module_& module) {
  py::class_<Array>(module, "Array", py::buffer_protocol()).def_buffer(&Array::view);
}

}  // namespace tamis::python
