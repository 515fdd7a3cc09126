#include "tamis/fleet.h"

#include <array>
#include <utility>

namespace tamis {
namespace {

constexpr std::array<std::pair<FleetRole, std::string_view>, 3> kRoles = {
    {{FleetRole::both, "both"}, {FleetRole::build, "build"}, {FleetRole::run, "run"}}};

constexpr std::array<std::pair<FleetState, std::string_view>, 7> kStates = {
    {{FleetState::idle, "idle"},
     {FleetState::busy, "busy"},
     {FleetState::draining, "draining"},
     {FleetState::drained, "drained"},
     {FleetState::quarantined, "quarantined"},
     {FleetState::silent, "silent"},
     {FleetState::gone, "gone"}}};

}  // namespace

std::string_view to_string(FleetRole role) {
  for (const auto& [value, name] : kRoles)
    if (value == role) return name;
  return {};
}

Result<FleetRole> parse_fleet_role(const std::string& text) {
  for (const auto& [value, name] : kRoles)
    if (name == text) return value;
  return invalid_input("the role \"" + text + "\" is not one of both, build and run");
}

std::string_view to_string(FleetState state) {
  for (const auto& [value, name] : kStates)
    if (value == state) return name;
  return {};
}

}  // namespace tamis
