#pragma once

#include "space/space.h"
#include "trial/trial.h"

#include <cstdint>
#include <span>
#include <string>

namespace tamis {

/// What a T4 table says of where it comes from; what is empty or 0 is left out.
struct T4Metadata {
  std::string device;
  std::string workload;  ///< not of the schema, which allows further members
  int64_t started_unix_ms = 0;
};

/// Writes trials as a T4 1.0.0 table (docs/reference/formats): JSON that
/// https://github.com/AutoTuningAssociation/autotuning_methodology validates (schemas/T4.json) and read_t4
/// reads, a row a line in the order given. A split is written by its inner factors. The message of a trial
/// that is not valid stands where a valid one has its time; its verdict and all features are further
/// measurements. The configs must be of `space`. Thread safe.
std::string write_t4(const T4Metadata& metadata, const Space& space, std::span<const Trial> trials);

}  // namespace tamis
