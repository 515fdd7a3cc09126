#pragma once

#include "space/enumeration/condition.h"
#include "space/enumeration/diagram.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis::enumeration {

/// How much an enumeration may take before it is given up. The same everywhere, so that what can be
/// enumerated does not depend on the machine.
struct Limits {
  uint64_t work = 400'000'000;  ///< about as many steps of some nanoseconds
  size_t edges = 4'000'000;     ///< of all diagrams, 24 bytes each
  size_t states = 2'000'000;    ///< different choices that have to be remembered, about 100 bytes each
};

/// Builds the diagram of one group: goes depth first through the knobs in their order, looks only at choices
/// that the formulas still admit, checks every condition as soon as it can be decided, and looks at choices
/// that leave the same to be decided once only. Errors: unsupported, naming the knobs, when the limits
/// do not suffice; what was used up is taken off them.
Result<Diagram> build_diagram(const Space& space, std::vector<size_t> knobs,
                              const std::vector<Condition>& conditions, Limits& left);

/// The conditions that may hold or not; nothing where one holds for no config at all.
std::optional<std::vector<Condition>> undecided(const Space& space, std::vector<Condition> conditions);

}  // namespace tamis::enumeration
