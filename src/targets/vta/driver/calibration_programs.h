#pragma once

#include "targets/vta/isa/hardware.h"
#include "targets/vta/isa/program.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tamis::vta {

/// A program whose time depends mostly on one property of a device's memory, however often it repeats what it
/// does.
struct CalibrationProgram {
  std::string_view name;
  std::string_view shows;  ///< the property, for people
};

/// Those that calibration runs, by number.
enum class Calibration : uint8_t {
  empty,
  gemm,
  loads,
  rows,
  stream,
  instructions,
  stores,
  store_rows,
  mixed
};
inline constexpr size_t kCalibrations = 9;
const CalibrationProgram& describe(Calibration program);

/// Addresses of buffers are multiples of this, so that bursts are cut alike wherever a driver puts them,
/// bytes.
inline constexpr uint32_t kCalibrationAlignment = kMostBurstBeats * 8;

/// How often a program can repeat what it does: a power of two, so that the stream fits the device's buffer
/// and simulating it takes some ten milliseconds at most.
uint64_t most_repeats(const Hardware& hardware, Calibration program);

/// The program. It is one that every VTA can run: loops of at least one round, no token queue longer than
/// one, one micro-op, loads of fewer than 2048 tiles. FINISH waits for every load and store. What it computes
/// is of no interest. `repeats` is from 1 to most_repeats(). Thread safe.
Launch calibration_launch(const Hardware& hardware, Calibration program, uint64_t repeats);

}  // namespace tamis::vta
