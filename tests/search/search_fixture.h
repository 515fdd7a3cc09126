#pragma once

#include "tamis/strategies.h"
#include "tamis/testing/search_problems.h"

namespace tamis::search_test {

using namespace tamis::testing;

inline BuildOutcome nothing_builds(const Config&) { return {Verdict::build_failed, "", {}, nullptr}; }

}  // namespace tamis::search_test
