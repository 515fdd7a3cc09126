#pragma once

#include "search/build_features.h"
#include "search/tamis/candidate_set.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamis {

/// What building without running tells of configs, where the target lets a strategy build for free. Not
/// thread safe.
class BuildProbe {
 public:
  /// A field of no more configs than this is built in a moment.
  static constexpr size_t kField = 3000;

  /// `problem.space` must outlive this.
  explicit BuildProbe(const SearchProblem& problem) : built_(problem) {}

  bool available() const { return built_.available(); }
  /// Leaves out configs that building refuses.
  void keep_buildable(std::vector<uint64_t>& indexes);
  /// Adds a column for every feature that building shows.
  void add_columns(CandidateSet& field);
  /// Throughput, in units of the best of the field, if everything that programs make the device do were
  /// equally dear; empty where no such feature is shown.
  std::vector<float> guess_throughput(const CandidateSet& field);

 private:
  BuildFeatures built_;
};

}  // namespace tamis
