#pragma once

#include <cstddef>
#include <span>

namespace tamis {

/// Spearman's rank correlation of two lists of one length, equal values sharing their mean rank: between -1
/// and 1, 0 where a list is constant or shorter than 2. Numbers must not be NaN.
double spearman(std::span<const double> a, std::span<const double> b);

/// Kendall's rank correlation tau-b, which corrects for ties, by Knight's method (1966) in n log n steps; as
/// spearman otherwise.
double kendall(std::span<const double> a, std::span<const double> b);

/// Of the `top` items with the largest truth, the share that is among the `top` with the largest prediction;
/// items with equal numbers are taken in their order. 1 when there are no more than `top` items.
double top_recall(std::span<const double> predictions, std::span<const double> truth, size_t top);

}  // namespace tamis
