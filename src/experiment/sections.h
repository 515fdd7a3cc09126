#pragma once

#include "experiment/invalidity.h"
#include "experiment/page.h"
#include "experiment/ranking.h"
#include "tamis/comparison.h"

#include <vector>

namespace tamis {

/// What `tamis experiment` writes of each of its questions, from what was found.
Section invalidity_section(const std::vector<Invalidity>& tables);
Section ranking_section(const std::vector<RankingRow>& rows);
Section strategies_section(const std::vector<ComparisonRow>& rows);
/// `rows` compare initializers under one strategy; the first initializer is what the others are held against.
Section initialization_section(const std::vector<ComparisonRow>& rows);

}  // namespace tamis
