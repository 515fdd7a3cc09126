#include "bindings/common/spaces.h"

#include "tamis/expression.h"
#include "tamis/space.h"

#include <utility>

namespace tamis::bindings {
namespace {

Space enumerate(Space space) {
  if (space.constraints().empty()) return space;
  // A space of too many allowed configs is searched as well, only counted and sampled more slowly.
  Result<Space> enumerated = space.enumerated();
  return enumerated.ok() ? std::move(enumerated).value() : std::move(space);
}

}  // namespace

Result<Space> make_space(std::vector<Knob> knobs, std::span<const std::string> constraints) {
  TAMIS_ASSIGN(Space space, Space::create(std::move(knobs)));
  TAMIS_ASSIGN(std::vector<Constraint> parsed, parse_constraints(constraints, space.knobs()));
  return enumerate(space.constrained(std::move(parsed)));
}

}  // namespace tamis::bindings
