#include "model/grid_process.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>

namespace tamis {
namespace {

/// So many configs are worked on at a time that what is known of them stays in the cache.
constexpr size_t kBlock = 256;
constexpr double kLeastPivot = 1e-6;

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMap = Eigen::Map<Eigen::RowVectorXf>;

/// The kernel of squared distances, in place.
void to_covariance(RowMap row) {
  row.array() = (5 * row.array()).sqrt();
  row.array() = (1 + row.array() + row.array().square() / 3) * (-row.array()).exp();
}

/// result -= weights x rows, for `count` rows of `size` numbers. The clones make no fused operations, so that
/// results are the same on every machine.
__attribute__((target_clones("avx2", "default"))) void subtract(const float* weights, size_t count,
                                                                const float* rows, size_t size,
                                                                float* result) {
  size_t n = 0;
  for (; n + 4 <= count; n += 4) {
    const float* row = rows + n * size;
    const float a = weights[n], b = weights[n + 1], c = weights[n + 2], d = weights[n + 3];
    for (size_t i = 0; i < size; ++i)
      result[i] -= (a * row[i] + b * row[size + i]) + (c * row[2 * size + i] + d * row[3 * size + i]);
  }
  for (; n < count; ++n)
    for (size_t i = 0; i < size; ++i) result[i] -= weights[n] * rows[n * size + i];
}

}  // namespace

/// With K the kernel between known configs plus noise and L its Cholesky factor: the solutions of L x =
/// kernel(known, config), for every config of the grid, and of L x = values.
struct GridProcess::State {
  State(const GridKernel& given, double variance, size_t count)
      : kernel(given), noise(variance), channels(count), blocks((given.grid().size() + kBlock - 1) / kBlock) {
    variances.assign(kernel.grid().size(), 1);
    means.assign(channels, std::vector<float>(kernel.grid().size(), 0));
    solved.resize(channels);
  }

  size_t block_size(size_t block) const { return std::min(kBlock, kernel.grid().size() - block * kBlock); }

  /// The factor's row of a config that follows those known.
  std::vector<float> factor_row(size_t config) const {
    const size_t count = configs.size();
    std::vector<double> row(count + 1);
    double pivot = 1 + noise;
    for (size_t i = 0; i < count; ++i) {
      double sum = matern(kernel.distance(config, configs[i]));
      for (size_t j = 0; j < i; ++j) sum -= static_cast<double>(factor[i][j]) * row[j];
      row[i] = sum / factor[i][i];
      pivot -= row[i] * row[i];
    }
    row[count] = std::sqrt(std::max(pivot, kLeastPivot));
    return {row.begin(), row.end()};
  }

  void solve_values(std::span<const double> values) {
    const std::vector<float>& row = factor.back();
    for (size_t channel = 0; channel < channels; ++channel) {
      double sum = values[channel];
      for (size_t j = 0; j + 1 < row.size(); ++j) sum -= static_cast<double>(row[j]) * solved[channel][j];
      solved[channel].push_back(sum / row.back());
    }
  }

  /// Brings a block up to the last known config.
  void update(size_t block, size_t before, const std::vector<GridKernel::Row>& kernel_rows) {
    const auto size = static_cast<Eigen::Index>(block_size(block));
    Rows& rows = blocks[block];
    if (rows.rows() < static_cast<Eigen::Index>(configs.size()))
      rows.conservativeResize(static_cast<Eigen::Index>(configs.size() + configs.size() / 2 + 8), size);
    const size_t begin = block * kBlock;
    RowMap block_variances(variances.data() + begin, size);
    for (size_t n = before; n < configs.size(); ++n) {
      RowMap row(rows.row(static_cast<Eigen::Index>(n)).data(), size);
      kernel.distances(kernel_rows[n - before], begin, static_cast<size_t>(size), row.data());
      to_covariance(row);
      subtract(factor[n].data(), n, rows.data(), static_cast<size_t>(size), row.data());
      row /= factor[n].back();
      block_variances.array() -= row.array().square();
      for (size_t channel = 0; channel < channels; ++channel)
        RowMap(means[channel].data() + begin, size) += static_cast<float>(solved[channel][n]) * row;
    }
  }

  /// Takes the last known config back from a block.
  void take_back(size_t block) {
    const auto size = static_cast<Eigen::Index>(block_size(block));
    const size_t begin = block * kBlock;
    const RowMap row(blocks[block].row(static_cast<Eigen::Index>(configs.size() - 1)).data(), size);
    RowMap(variances.data() + begin, size).array() += row.array().square();
    for (size_t channel = 0; channel < channels; ++channel)
      RowMap(means[channel].data() + begin, size) -= static_cast<float>(solved[channel].back()) * row;
  }

  GridKernel kernel;
  double noise;
  size_t channels;
  std::vector<size_t> configs;             ///< those known
  std::vector<std::vector<float>> factor;  ///< the rows of L
  std::vector<std::vector<double>> solved;
  std::vector<Rows> blocks;  ///< one row for each known config
  std::vector<float> variances;
  std::vector<std::vector<float>> means;
};

GridProcess::GridProcess(const GridKernel& kernel, double noise, size_t channels)
    : state_(std::make_unique<State>(kernel, noise, channels)) {}
GridProcess::GridProcess(GridProcess&& other) noexcept = default;
GridProcess& GridProcess::operator=(GridProcess&& other) noexcept = default;
GridProcess::~GridProcess() = default;

size_t GridProcess::known() const { return state_->configs.size(); }

void GridProcess::learn(std::span<const size_t> configs, std::span<const double> values) {
  const size_t before = known();
  for (size_t i = 0; i < configs.size(); ++i) {
    state_->factor.push_back(state_->factor_row(configs[i]));
    state_->configs.push_back(configs[i]);
    state_->solve_values(values.subspan(i * state_->channels, state_->channels));
  }
  std::vector<GridKernel::Row> rows;
  for (const size_t config : configs) rows.push_back(state_->kernel.row(config));
  for (size_t block = 0; block < state_->blocks.size(); ++block) state_->update(block, before, rows);
}

void GridProcess::keep(size_t count) {
  while (known() > count) {
    for (size_t block = 0; block < state_->blocks.size(); ++block) state_->take_back(block);
    state_->configs.pop_back();
    state_->factor.pop_back();
    for (std::vector<double>& channel : state_->solved) channel.pop_back();
  }
}

std::span<const float> GridProcess::mean(size_t channel) const { return state_->means[channel]; }
std::span<const float> GridProcess::variance() const { return state_->variances; }

}  // namespace tamis
