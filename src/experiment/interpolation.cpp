#include "experiment/interpolation.h"

#include <algorithm>
#include <cmath>

namespace tamis {
namespace {

/// Points at one place, as their mean. Places nearer than this are one.
std::vector<WeightedPoint> merged(std::span<const WeightedPoint> points) {
  constexpr double kSame = 1e-15;
  std::vector<WeightedPoint> all;
  for (const WeightedPoint& point : points) {
    if (all.empty() || point.x - all.back().x >= kSame) {
      all.push_back({point.x, point.y * point.weight, point.weight});
    } else {
      all.back().y += point.y * point.weight;
      all.back().weight += point.weight;
    }
  }
  for (WeightedPoint& point : all) point.y /= point.weight;
  return all;
}

/// Neighbours that were pooled: their mean and how many of them there are.
struct Block {
  double mean = 0;
  double weight = 0;
  size_t count = 0;
};

int sign(double value) { return (value > 0) - (value < 0); }

/// The slope at an end, from the two intervals next to it, the nearer first.
double end_slope(double h0, double h1, double m0, double m1) {
  const double slope = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1);
  if (sign(slope) != sign(m0)) return 0;
  if (sign(m0) != sign(m1) && std::abs(slope) > 3 * std::abs(m0)) return 3 * m0;
  return slope;
}

std::vector<double> slopes_at(std::span<const double> width, std::span<const double> steepness) {
  const size_t last = width.size();
  if (last == 1) return {steepness[0], steepness[0]};
  std::vector<double> slopes(last + 1, 0.0);
  for (size_t i = 1; i < last; ++i) {
    const double before = steepness[i - 1], after = steepness[i];
    if (sign(before) != sign(after) || before == 0 || after == 0) continue;
    const double w1 = 2 * width[i] + width[i - 1], w2 = width[i] + 2 * width[i - 1];
    slopes[i] = (w1 + w2) / (w1 / before + w2 / after);
  }
  slopes[0] = end_slope(width[0], width[1], steepness[0], steepness[1]);
  slopes[last] = end_slope(width[last - 1], width[last - 2], steepness[last - 1], steepness[last - 2]);
  return slopes;
}

}  // namespace

double BrokenLine::at(double place) const {
  if (place <= x.front()) return y.front();
  if (place >= x.back()) return y.back();
  const auto right = static_cast<size_t>(std::upper_bound(x.begin(), x.end(), place) - x.begin());
  const double share = (place - x[right - 1]) / (x[right] - x[right - 1]);
  return y[right - 1] + share * (y[right] - y[right - 1]);
}

BrokenLine isotonic_fit(std::span<const WeightedPoint> points, bool increasing) {
  const double turn = increasing ? 1 : -1;
  BrokenLine line;
  std::vector<Block> blocks;
  for (const WeightedPoint& point : merged(points)) {
    line.x.push_back(point.x);
    Block block{turn * point.y, point.weight, 1};
    while (!blocks.empty() && blocks.back().mean >= block.mean) {
      const Block& before = blocks.back();
      const double weight = before.weight + block.weight;
      block.mean = (before.mean * before.weight + block.mean * block.weight) / weight;
      block.weight = weight;
      block.count += before.count;
      blocks.pop_back();
    }
    blocks.push_back(block);
  }
  for (const Block& block : blocks) line.y.insert(line.y.end(), block.count, turn * block.mean);
  return line;
}

std::vector<double> monotone_cubic(std::span<const double> x, std::span<const double> y,
                                   std::span<const double> places) {
  std::vector<double> width, steepness;
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    width.push_back(x[i + 1] - x[i]);
    steepness.push_back((y[i + 1] - y[i]) / width.back());
  }
  const std::vector<double> slopes = slopes_at(width, steepness);
  std::vector<double> values;
  for (const double place : places) {
    const auto right = static_cast<size_t>(std::upper_bound(x.begin(), x.end(), place) - x.begin());
    const size_t i = std::clamp<size_t>(right, 1, width.size()) - 1;
    const double t = (place - x[i]) / width[i], rest = 1 - t;
    values.push_back((1 + 2 * t) * rest * rest * y[i] + t * rest * rest * width[i] * slopes[i] +
                     t * t * (3 - 2 * t) * y[i + 1] - t * t * rest * width[i] * slopes[i + 1]);
  }
  return values;
}

std::vector<double> evenly_spaced(double first, double last, size_t count) {
  std::vector<double> places;
  const double step = (last - first) / static_cast<double>(count - 1);
  for (size_t i = 0; i + 1 < count; ++i) places.push_back(first + static_cast<double>(i) * step);
  places.push_back(last);
  return places;
}

}  // namespace tamis
