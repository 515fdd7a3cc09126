// Puts the target and the strategy of this example through the suites that tamis's own pass.
#include "tamis/testing/strategy_conformance.h"
#include "tamis/testing/target_conformance.h"

#include "strategy.h"
#include "transpose.h"

namespace tamis::testing {

INSTANTIATE_TEST_SUITE_P(Own, TargetConformance,
                         ::testing::Values(target_case("transpose", example::make_transpose, "transpose",
                                                       {{"scratch", "8192"}}, "64")),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(Own, StrategyConformance,
                         ::testing::Values(StrategyCase{"climb", example::make_climb}), case_name);

}  // namespace tamis::testing
