#pragma once

#include "tamis/result.h"
#include "tamis/trial.h"
#include "tamis/trial_set.h"

#include <string>
#include <vector>

namespace tamis::table {

/// What building would have shown of each row of a recorded table, in the order of its rows: the features of
/// these names, in this order. Compilers reveal as much of a program that then fails as of one that runs, but
/// most tables keep it of valid rows only. Telling that something is missing would tell that the row is
/// invalid. So a row without a feature gets that of the row most like it: of one knob a few steps away, all
/// other knobs being equal, or else the median of the table. Nothing at all for no names.
///
/// Errors: invalid_input for a name that no row has, naming those there are.
Result<std::vector<Features>> reveal(const TrialSet& table, const std::vector<std::string>& names);

}  // namespace tamis::table
