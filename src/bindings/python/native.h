#pragma once

#include "tamis/formats.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/study.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/pybind11.h>

namespace tamis::python {

// The extension module tamis._tamis: the parts of tamis with plain arguments and results, choices as
// positions in the value lists. The package tamis, in Python, makes of them what people use.

/// An error on its way to Python, where it is tamis.Error.
struct Failure {
  Error error;
};

/// The value of a result; throws Failure.
template <class T>
T value_of(Result<T> result) {
  if (!result.ok()) throw Failure{result.error()};
  return std::move(result).value();
}
inline void check(const Status& status) {
  if (!status.ok()) throw Failure{status.error()};
}

/// A config from positions. Throws Failure where they are not of the space.
Config config_of(const Space& space, std::vector<uint32_t> choices);

/// A study that several threads may use: one at a time gets in, and while it is there others may run Python.
class SharedStudy {
 public:
  explicit SharedStudy(Study study) : study_(std::move(study)) {}
  /// Calls `use` with the study; it must not touch Python.
  template <class Use>
  auto with(const Use& use) {
    const pybind11::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return use(study_);
  }

 private:
  std::mutex mutex_;
  Study study_;
};

/// Numbers on their way to NumPy, in rows or as one column. It takes them through the buffer protocol
/// (`numpy.asarray`), which is the same in every version; pybind11's own arrays look into NumPy's structures,
/// and pybind11 before 2.12 finds other sizes there than NumPy 2 has.
class Array {
 public:
  /// One column.
  template <class T>
  explicit Array(const std::vector<T>& values, const char* format = nullptr)
      : Array(values.data(), sizeof(T), format != nullptr ? format : pybind11::format_descriptor<T>::format(),
              {values.size()}) {}
  /// Rows of `columns` values, one row after another in `values`.
  template <class T>
  Array(const std::vector<T>& values, size_t rows, size_t columns)
      : Array(values.data(), sizeof(T), pybind11::format_descriptor<T>::format(), {rows, columns}) {}

  /// A view of the numbers, while this lives.
  pybind11::buffer_info view();

 private:
  Array(const void* values, size_t item_bytes, std::string format, const std::vector<size_t>& shape);

  std::string format_;  // of an item, in the words of Python's module struct
  std::vector<pybind11::ssize_t> shape_, strides_;
  std::vector<char> bytes_;
};

/// What an objective in words asks of readers of files; empty: what the file says. Throws as value_of().
ReadOptions read_options(const std::string& objective);

void bind_array(pybind11::module_& module);
void bind_space(pybind11::module_& module);
void bind_trial(pybind11::module_& module);
void bind_trial_set(pybind11::module_& module);
void bind_study(pybind11::module_& module);
void bind_library(pybind11::module_& module);

}  // namespace tamis::python
