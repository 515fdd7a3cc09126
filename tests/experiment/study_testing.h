#pragma once

#include "tamis/formats.h"

#include <memory>
#include <string>

namespace tamis {

/// A table of the tests' data.
inline std::shared_ptr<const TrialSet> recorded(const std::string& name, const ReadOptions& options = {}) {
  return std::make_shared<const TrialSet>(
      read_recorded_table(std::string(TAMIS_TEST_DATA) + "/" + name, options).value());
}

/// 120 configs, 104 of them valid, with 8 samples each and times of building and running.
inline std::shared_ptr<const TrialSet> noisy() {
  ReadOptions options;
  options.samples = true;
  return recorded("tables/noisy_T4.json", options);
}

/// 21 configs, 15 of them valid; in the order of indexes the best is the fourth.
inline std::shared_ptr<const TrialSet> tiny() { return recorded("tables/tiny_T4.json"); }

}  // namespace tamis
