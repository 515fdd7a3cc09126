#include "targets/gpu/runtime/limits.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr std::array<char, 3> kAxisNames = {'x', 'y', 'z'};

Failure exceeded_limit(std::string message) { return {Verdict::resource_exceeded, std::move(message)}; }

}  // namespace

std::string sizes_text(const std::array<uint64_t, 3>& sizes) {
  return fmt::format("{} x {} x {}", sizes[0], sizes[1], sizes[2]);
}

std::optional<Failure> find_excess(const DeviceFacts& device, const Launch& launch) {
  const Grid& grid = launch.grid;
  if (grid.group_items() > device.group_items)
    return exceeded_limit(fmt::format("{}: groups of {} = {} items; the device has at most {}", launch.entry,
                                      sizes_text(grid.group), grid.group_items(), device.group_items));
  for (size_t axis = 0; axis < kAxisNames.size(); ++axis) {
    if (grid.group.at(axis) > device.group_sizes.at(axis))
      return exceeded_limit(fmt::format("{}: groups of {} items along {}; the device has at most {}",
                                        launch.entry, grid.group.at(axis), kAxisNames.at(axis),
                                        device.group_sizes.at(axis)));
    const uint64_t most = device.grid_sizes.at(axis);
    if (most > 0 && grid.groups.at(axis) > most)
      return exceeded_limit(fmt::format("{}: {} groups along {}; the device has at most {}", launch.entry,
                                        grid.groups.at(axis), kAxisNames.at(axis), most));
  }
  if (launch.shared_bytes > device.shared_bytes)
    return exceeded_limit(fmt::format("{}: {} bytes of shared memory; a group has at most {}", launch.entry,
                                      launch.shared_bytes, device.shared_bytes));
  return std::nullopt;
}

}  // namespace tamis::gpu
