#pragma once

#include "model/config_grid.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// What two configs may differ in. The distance of two configs adds up, over columns and aspects, squared
/// differences in units of a lengthscale each.
enum class Aspect {
  position,   ///< how far apart the values are, on the scale of scaled_values(); not for names
  sameness,   ///< whether the values differ at all, however little
  alignment,  ///< how different the numbers of times are that 2 divides the values
};

/// A lengthscale for each aspect. Differences of columns are between 0 and 1, so 1 means that a difference
/// matters and 3 that it hardly does. Infinity leaves an aspect out; names are then told apart on
/// the scale of positions.
struct AspectScales {
  double position = 1;
  double sameness = 1;
  double alignment = 1;
};

/// An aspect of a column with its squared differences.
struct KernelPart {
  size_t column = 0;
  Aspect aspect = Aspect::position;
  std::vector<float> squares;  ///< of all pairs of levels, row by row
};

/// The Matérn 5/2 kernel (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, section
/// 4.2) over the configs of a grid, with a lengthscale for each part. That a value is the same, or a multiple
/// of 16, can say more of a kernel's speed than how large it is.
class GridKernel {
 public:
  /// The aspects of every column, all with the lengthscales given. `grid` must outlive this.
  GridKernel(const ConfigGrid& grid, const AspectScales& scales);

  const ConfigGrid& grid() const { return *grid_; }
  const std::vector<KernelPart>& parts() const { return parts_; }
  const std::vector<double>& lengthscales() const { return lengthscales_; }
  /// One per part, each above 0.
  void set_lengthscales(std::vector<double> lengthscales);
  /// The squared difference of two configs in one part, without its lengthscale.
  double square(size_t part, size_t a, size_t b) const;
  /// The squared distance of two configs.
  double distance(size_t a, size_t b) const;
  /// What distances() looks up for one config: a table after the other.
  struct Row {
    std::vector<float> numbers;
    std::vector<size_t> tables;  ///< where each begins
  };
  Row row(size_t a) const;
  /// The squared distances of the config of a row to the `count` configs from `begin` on.
  void distances(const Row& row, size_t begin, size_t count, float* result) const;
  /// Some configs of the grid, as distances() looks them up.
  struct Chosen {
    std::vector<std::vector<uint16_t>> codes;
  };
  Chosen choose(std::span<const size_t> configs) const;
  /// The squared distances of the config of a row to the `count` chosen configs from `begin` on.
  static void distances(const Row& row, const Chosen& chosen, size_t begin, size_t count, float* result);

 private:
  /// Some columns looked up at once: the levels of a config as one number, the first column's varying
  /// fastest.
  struct Joined {
    std::vector<size_t> columns;
    size_t codes = 1;               ///< how many there are
    std::vector<uint16_t> code_of;  ///< one per config
  };
  static std::vector<Joined> join(const ConfigGrid& grid);
  void combine();

  const ConfigGrid* grid_;
  std::vector<KernelPart> parts_;
  std::vector<double> lengthscales_;
  std::vector<std::vector<float>> combined_;  ///< for each column all its parts in units of lengthscales
  std::shared_ptr<const std::vector<Joined>> joined_;  ///< of the grid, whatever the lengthscales
};

/// The kernel of a squared distance: 1 at distance 0.
double matern(double squared_distance);

}  // namespace tamis
