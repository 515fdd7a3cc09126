#pragma once

#include <string>
#include <vector>

#include "tamis/workload/workload.h"

namespace tamis {

/// A named list of workloads, for example the convolution layers of a network.
struct Suite {
  std::string name;
  std::vector<Workload> workloads;  ///< named `suite.layer`
};

/// Names of the suites that come with tamis.
std::vector<std::string> suite_names();
/// A suite that comes with tamis. Errors: not_found, naming the nearest.
Result<Suite> find_suite(const std::string& name);
/// Reads a suite or a single workload from a JSON file (docs/reference/workloads). Errors: not_found, corrupt, invalid_input.
Result<Suite> read_suite(const std::string& path);

/// What the user names on the command line: a suite (`resnet18`), one of its members (`resnet18.C2`), a spec
/// (`conv2d:...`) or a path of a JSON file. Errors: invalid_input, not_found.
Result<std::vector<Workload>> resolve_workloads(const std::string& text);

}  // namespace tamis
