#pragma once

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

void bind_space(pybind11::module_& module);
void bind_trial(pybind11::module_& module);
void bind_trial_set(pybind11::module_& module);
void bind_study(pybind11::module_& module);

}  // namespace tamis::python
