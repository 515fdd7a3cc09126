#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tamis::cpu {

/// The lower rank, from 0, of the narrowest interval between order statistics that covers the median with at
/// least this confidence: of `count` sorted samples those of ranks r and count - 1 - r. Nothing when even the
/// whole range covers it less surely, as for fewer than 6 samples at 95 %.
///
/// The number of samples below the median of their distribution is binomial with probability 1/2 whatever the
/// distribution, so nothing is assumed of it but that samples are independent (W. J. Conover, Practical
/// Nonparametric Statistics, 3rd edition, section 3.2). Thread safe.
std::optional<size_t> median_rank(size_t count, double confidence);

/// An interval that covers the median of what samples were drawn from.
struct MedianInterval {
  double low = 0, high = 0;
};

/// The interval of ascending samples at this confidence; nothing where there are too few. Thread safe.
std::optional<MedianInterval> median_interval(std::span<const double> sorted, double confidence);

}  // namespace tamis::cpu
