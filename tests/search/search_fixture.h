#pragma once

#include "search/strategy_table.h"
#include "tamis/testing/search_problems.h"

namespace tamis::search_test {

using namespace tamis::testing;

}  // namespace tamis::search_test
