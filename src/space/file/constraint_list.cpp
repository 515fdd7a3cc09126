#include "space/file/constraint_list.h"

#include "tamis/expression.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kMostConstraints = 10'000;
constexpr size_t kMostListedValues = 4'000'000;

}  // namespace

Status ConstraintList::add(const std::string& formula, const std::string& place) {
  if (constraints_.size() >= kMostConstraints)
    return invalid_input(fmt::format("{}: there are more than {} constraints", place, kMostConstraints));
  Result<Constraint> constraint = parse_constraint(formula, knobs_);
  if (!constraint.ok()) return constraint.error().within(place);
  for (const std::string& name : constraint->knobs) {
    const auto knob =
        std::find_if(knobs_.begin(), knobs_.end(), [&](const Knob& one) { return one.name == name; });
    values_ += knob->values.size();
  }
  if (values_ > kMostListedValues)
    return invalid_input(fmt::format(
        "{}: too many constraints over knobs with many values; all that constraints look at may be {} values",
        place, kMostListedValues));
  constraints_.push_back(std::move(*constraint));
  return {};
}

}  // namespace tamis
