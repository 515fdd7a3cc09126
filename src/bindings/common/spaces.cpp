#include "bindings/common/spaces.h"

#include "tamis/expression.h"
#include "tamis/space.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::bindings {
namespace {

Space enumerate(Space space) {
  if (space.constraints().empty()) return space;
  // A space of too many allowed configs is searched as well, only counted and sampled more slowly.
  Result<Space> enumerated = space.enumerated();
  return enumerated.ok() ? std::move(enumerated).value() : std::move(space);
}

}  // namespace

Result<Space> make_space(std::vector<Knob> knobs, std::span<const std::string> constraints,
                         std::span<const NamedHint> likely_good) {
  TAMIS_ASSIGN(Space space, Space::create(std::move(knobs)));
  if (likely_good.size() > kMostHints)
    return invalid_input(fmt::format("likely_good: there are more than {}", kMostHints));
  std::vector<Hint> hints;
  for (size_t i = 0; i < likely_good.size(); ++i) {
    Result<Hint> hint = make_hint(space.knobs(), likely_good[i]);
    if (!hint.ok()) return hint.error().within(fmt::format("likely_good, number {}", i + 1));
    hints.push_back(std::move(*hint));
  }
  space = space.hinted(std::move(hints));
  TAMIS_ASSIGN(std::vector<Constraint> parsed, parse_constraints(constraints, space.knobs()));
  return enumerate(space.constrained(std::move(parsed)));
}

}  // namespace tamis::bindings
