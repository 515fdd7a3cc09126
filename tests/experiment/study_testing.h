#pragma once

#include "tamis/formats.h"

#include <memory>
#include <string>

namespace tamis {

/// A table of the tests' data.
inline std::shared_ptr<const TrialSet> recorded(const std::string& name) {
  return std::make_shared<const TrialSet>(
      read_recorded_table(std::string(TAMIS_TEST_DATA) + "/" + name).value());
}

/// 21 configs, 15 of them valid; in the order of indexes the best is the fourth.
inline std::shared_ptr<const TrialSet> tiny() { return recorded("tables/tiny_T4.json"); }

}  // namespace tamis
