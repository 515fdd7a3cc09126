#pragma once

#include "tamis/json_fwd.h"
#include "tamis/workload.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis {

/// A named list of workloads, for example the convolution layers of a network, each distinct one once.
struct Suite {
  std::string name;
  std::string note;                 ///< where the layers come from and what was left out; may be empty
  std::vector<Workload> workloads;  ///< named `suite.layer`
  std::vector<int64_t> counts;      ///< how often the network has each workload; as long as `workloads`
};

/// Names of the suites that come with tamis, in alphabetical order.
std::vector<std::string> suite_names();
/// A suite that comes with tamis, as suite_from_json reads it. Errors: not_found, naming the nearest.
Result<Suite> find_suite(const std::string& name, const WorkloadDefaults& defaults = {});
/// A suite from JSON: {"suite": NAME, "note": TEXT, "workloads": [{"name": LAYER, "count": N, ...}, ...]},
/// the members as workload_from_json reads them. A member with "only": TYPE is left out where that is not the
/// default type: so a suite has layers that the int8 targets cannot run. `origin` names the JSON in errors.
/// Errors: invalid_input, also where every member is left out.
Result<Suite> suite_from_json(const Json& json, const std::string& origin,
                              const WorkloadDefaults& defaults = {});
/// Reads a suite or a single workload (then a suite of one, whose workload keeps its own name) from a JSON
/// file, which may be gzipped (docs/reference/workloads). Errors: not_found, corrupt, invalid_input.
Result<Suite> read_suite(const std::string& path, const WorkloadDefaults& defaults = {});

/// What the user names on the command line: a suite (`resnet18`), one of its members (`resnet18.C2`), a spec
/// (`conv2d:...`) or a path of a JSON file (it ends in .json or .json.gz, or has a slash). Errors:
/// invalid_input, corrupt, not_found naming the nearest suite or member.
Result<std::vector<Workload>> resolve_workloads(const std::string& text,
                                                const WorkloadDefaults& defaults = {});

}  // namespace tamis
