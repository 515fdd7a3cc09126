#pragma once

#include "model/features.h"
#include "tamis/random.h"

#include <cstddef>
#include <vector>

namespace tamis {

/// Rows in groups of which each row is nearest to its own group's centre.
struct Clusters {
  FeatureMatrix centres;
  std::vector<size_t> members;  ///< for every row the cluster it belongs to
  double loss = 0;              ///< the sum of squared distances of the rows from their centres
};

/// Lloyd's algorithm from centres drawn far apart (k-means++; Arthur and Vassilvitskii, SODA 2007), at most
/// `rounds` rounds. `count` clusters, or as many as there are rows when those are fewer; clusters may be
/// empty.
Clusters k_means(const FeatureMatrix& rows, size_t count, int rounds, Random& random);

}  // namespace tamis
