#pragma once

#include "base/random.h"
#include "search/observations.h"

#include <cstddef>
#include <vector>

namespace tamis {

/// Models are fitted to at most so many trials, so that neither the time of a fit nor its memory grows with a
/// session for ever.
inline constexpr size_t kMostLessons = 8192;

/// What a model is fitted to: all observations in the order of learning, or of more than `most` the fastest,
/// up to half as many, and a random choice of the others. Draws random numbers only where it has to choose.
std::vector<Observation> choose_lessons(const Observations& observations, size_t most, Random& random);

}  // namespace tamis
