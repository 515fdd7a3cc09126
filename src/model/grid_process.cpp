#include "model/grid_process.h"

#include "model/lanes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace tamis {
namespace {

/// So many configs are worked on at a time that what is known of them stays in the cache.
constexpr size_t kBlock = 256;
/// A row of a block is longer than its configs, so that rows do not compete for the same lines of the cache.
constexpr size_t kStride = kBlock + 16;
/// So many lanes are worked on side by side that none waits for another.
constexpr size_t kChunk = 4;
/// So many rows are worked on at a time when several are new: what a process learns that takes turns with
/// another.
constexpr size_t kPanel = 2;
constexpr double kLeastPivot = 1e-6;
static_assert(kBlock % (kChunk * kLanes) == 0);

// All of these give the same results however many rows are worked on at a time, and, as no operations are
// fused, on every machine.

/// row -= weights x known, for `count` known rows.
TAMIS_WIDE_CLONES void subtract(const float* weights, size_t count, const float* known, float* row) {
  for (size_t i = 0; i < kBlock; i += kChunk * kLanes) {
    std::array<Lanes, kChunk> sums;
    for (size_t k = 0; k < kChunk; ++k) load(sums[k], row + i + k * kLanes);
    for (size_t j = 0; j < count; ++j) {
      const float* of = known + j * kStride + i;
      for (size_t k = 0; k < kChunk; ++k) {
        Lanes lanes;
        load(lanes, of + k * kLanes);
        sums[k] -= weights[j] * lanes;
      }
    }
    for (size_t k = 0; k < kChunk; ++k) store(sums[k], row + i + k * kLanes);
  }
}

/// The same for kPanel rows, one after the other in `rows`.
TAMIS_WIDE_CLONES void subtract(const std::array<const float*, kPanel>& weights, size_t count,
                                const float* known, float* rows) {
  constexpr size_t kWide = kChunk / kPanel;
  for (size_t i = 0; i < kBlock; i += kWide * kLanes) {
    std::array<std::array<Lanes, kWide>, kPanel> sums;
    for (size_t row = 0; row < kPanel; ++row)
      for (size_t k = 0; k < kWide; ++k) load(sums[row][k], rows + row * kStride + i + k * kLanes);
    for (size_t j = 0; j < count; ++j) {
      const float* of = known + j * kStride + i;
      for (size_t k = 0; k < kWide; ++k) {
        Lanes lanes;
        load(lanes, of + k * kLanes);
        for (size_t row = 0; row < kPanel; ++row) sums[row][k] -= weights[row][j] * lanes;
      }
    }
    for (size_t row = 0; row < kPanel; ++row)
      for (size_t k = 0; k < kWide; ++k) store(sums[row][k], rows + row * kStride + i + k * kLanes);
  }
}

/// The kernel of squared distances (matern()), in place.
TAMIS_WIDE_CLONES void to_covariance(float* row) {
  for (size_t i = 0; i < kBlock; i += kLanes) {
    Lanes r;
    load(r, row + i);
    r *= 5;
    take_square_root(r);
    Lanes decay = r;
    take_negative_exponential(decay);
    store((1 + r + r * r * (1.0F / 3)) * decay, row + i);
  }
}

/// row *= factor.
TAMIS_WIDE_CLONES void scale(float factor, float* row) {
  for (size_t i = 0; i < kBlock; ++i) row[i] *= factor;
}

/// result += weight * row.
TAMIS_WIDE_CLONES void add(float weight, const float* row, float* result) {
  for (size_t i = 0; i < kBlock; ++i) result[i] += weight * row[i];
}

/// result += sign * row * row.
TAMIS_WIDE_CLONES void add_squares(float sign, const float* row, float* result) {
  for (size_t i = 0; i < kBlock; ++i) result[i] += sign * (row[i] * row[i]);
}

/// result = the larger of both.
TAMIS_WIDE_CLONES void keep_larger(const float* row, float* result) {
  for (size_t i = 0; i < kBlock; ++i) result[i] = result[i] < row[i] ? row[i] : result[i];
}

/// One row of kStride numbers for each known config, and room for more. Nothing fills the room: there is much
/// of it.
struct Block {
  std::unique_ptr<float[]> rows;
  size_t room = 0;

  void make_room(size_t known, size_t count) {
    if (room >= count) return;
    room = count + count / 2 + 8;
    std::unique_ptr<float[]> larger(new float[room * kStride]);
    std::copy_n(rows.get(), known * kStride, larger.get());
    rows = std::move(larger);
  }
};

}  // namespace

/// With K the kernel between known configs plus noise and L its Cholesky factor: the solutions of L x =
/// kernel(known, config), for every config of the grid, and of L x = values. Blocks are whole; what is
/// beyond the last config of the grid means nothing.
struct GridProcess::State {
  State(const GridKernel& given, double variance, size_t count)
      : kernel(given), noise(variance), channels(count), size(given.grid().size()) {
    solved.resize(channels);
    clear_blocks();
  }

  void clear_blocks() {
    blocks.clear();
    blocks.resize((size + kBlock - 1) / kBlock);
    variances.assign(blocks.size() * kBlock, 1);
    means.assign(channels, std::vector<float>(blocks.size() * kBlock, 0));
  }

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
    const size_t count = configs.size();
    blocks[block].make_room(before, count);
    float* rows = blocks[block].rows.get();
    for (size_t n = before; n < count; ++n) covariances(kernel_rows[n - before], block, rows + n * kStride);
    for (size_t n = before; n < count; n += kPanel) solve(rows, n, std::min(kPanel, count - n));
    for (size_t n = before; n < count; ++n) note(rows + n * kStride, n, block * kBlock, 1);
  }

  /// Of a known config with the configs of a block.
  void covariances(const GridKernel::Row& kernel_row, size_t block, float* row) const {
    const size_t begin = block * kBlock;
    const size_t count = std::min(kBlock, size - begin);
    if (chosen)
      GridKernel::distances(kernel_row, *chosen, begin, count, row);
    else
      kernel.distances(kernel_row, begin, count, row);
    std::fill(row + count, row + kBlock, 0.0F);
    to_covariance(row);
  }

  std::vector<GridKernel::Row> kernel_rows(size_t from) const {
    std::vector<GridKernel::Row> rows;
    for (size_t i = from; i < configs.size(); ++i) rows.push_back(kernel.row(configs[i]));
    return rows;
  }

  /// The weights of the known configs' covariances in the mean of a mixture of channels.
  std::vector<double> covariance_weights(std::span<const double> mixture) const {
    std::vector<double> weights(configs.size(), 0);
    for (size_t channel = 0; channel < channels; ++channel)
      for (size_t i = 0; i < weights.size(); ++i) weights[i] += mixture[channel] * solved[channel][i];
    for (size_t i = weights.size(); i-- > 0;) {
      weights[i] /= factor[i][i];
      for (size_t j = 0; j < i; ++j) weights[j] -= factor[i][j] * weights[i];
    }
    return weights;
  }

  /// Solves for the `count` rows of a block from `first` on.
  void solve(float* rows, size_t first, size_t count) const {
    size_t done = 0;
    if (count == kPanel) {
      std::array<const float*, kPanel> weights{};
      for (size_t k = 0; k < kPanel; ++k) weights[k] = factor[first + k].data();
      subtract(weights, first, rows, rows + first * kStride);
      done = first;
    }
    for (size_t n = first; n < first + count; ++n) {
      float* row = rows + n * kStride;
      subtract(factor[n].data() + done, n - done, rows + done * kStride, row);
      scale(1 / factor[n].back(), row);
    }
  }

  /// Adds what the n-th known config tells of the block that begins at `begin`, or takes it back with the
  /// sign -1.
  void note(const float* row, size_t n, size_t begin, float sign) {
    add_squares(-sign, row, variances.data() + begin);
    for (size_t channel = 0; channel < channels; ++channel)
      add(sign * static_cast<float>(solved[channel][n]), row, means[channel].data() + begin);
  }

  void take_back_last() {
    const size_t last = configs.size() - 1;
    for (size_t block = 0; block < blocks.size(); ++block)
      note(blocks[block].rows.get() + last * kStride, last, block * kBlock, -1);
    configs.pop_back();
    factor.pop_back();
    for (std::vector<double>& channel : solved) channel.pop_back();
  }

  GridKernel kernel;
  double noise;
  size_t channels;
  size_t size;                               ///< configs that this tells of ...
  std::optional<GridKernel::Chosen> chosen;  ///< ... which are these, or all of the grid
  std::vector<size_t> configs;               ///< those known
  std::vector<std::vector<float>> factor;    ///< the rows of L
  std::vector<std::vector<double>> solved;
  std::vector<Block> blocks;
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
  const std::vector<GridKernel::Row> rows = state_->kernel_rows(before);
  for (size_t block = 0; block < state_->blocks.size(); ++block) state_->update(block, before, rows);
}

void GridProcess::keep(size_t count) {
  while (known() > count) state_->take_back_last();
}

std::span<const float> GridProcess::mean(size_t channel) const {
  return std::span(state_->means[channel]).first(state_->size);
}
std::span<const float> GridProcess::variance() const {
  return std::span(state_->variances).first(state_->size);
}

void GridProcess::tell_of(std::span<const size_t> configs) {
  state_->chosen = state_->kernel.choose(configs);
  state_->size = configs.size();
  state_->clear_blocks();
  const std::vector<GridKernel::Row> rows = state_->kernel_rows(0);
  for (size_t block = 0; block < state_->blocks.size(); ++block) state_->update(block, 0, rows);
}

std::vector<float> GridProcess::closeness(std::span<const size_t> configs) const {
  std::vector<float> largest(state_->blocks.size() * kBlock, 0);
  std::array<float, kBlock> row{};
  for (const size_t config : configs) {
    const GridKernel::Row kernel_row = state_->kernel.row(config);
    for (size_t block = 0; block < state_->blocks.size(); ++block) {
      state_->covariances(kernel_row, block, row.data());
      keep_larger(row.data(), largest.data() + block * kBlock);
    }
  }
  largest.resize(state_->size);
  return largest;
}

double GridProcess::mean_at(size_t config, size_t channel) const {
  const std::vector<float> row = state_->factor_row(config);
  double mean = 0;
  for (size_t i = 0; i < known(); ++i) mean += static_cast<double>(row[i]) * state_->solved[channel][i];
  return mean;
}

double GridProcess::variance_at(size_t config) const {
  const std::vector<float> row = state_->factor_row(config);
  double variance = 1;
  for (size_t i = 0; i < known(); ++i) variance -= static_cast<double>(row[i]) * row[i];
  return variance;
}

GridProcess::Rough GridProcess::look_over(std::span<const double> weights) const {
  State all(state_->kernel, state_->noise, 0);
  const std::vector<double> of_covariances = state_->covariance_weights(weights);
  const std::vector<GridKernel::Row> rows = state_->kernel_rows(0);
  Rough rough{std::vector<float>(all.variances.size(), 0), std::vector<float>(all.variances.size(), 0)};
  std::array<float, kBlock> row{};
  for (size_t block = 0; block < all.blocks.size(); ++block) {
    for (size_t i = 0; i < rows.size(); ++i) {
      all.covariances(rows[i], block, row.data());
      add(static_cast<float>(of_covariances[i]), row.data(), rough.mean.data() + block * kBlock);
      keep_larger(row.data(), rough.variance.data() + block * kBlock);
    }
  }
  for (float& likest : rough.variance) likest = 1 - likest * likest / static_cast<float>(1 + state_->noise);
  rough.mean.resize(all.size);
  rough.variance.resize(all.size);
  return rough;
}

}  // namespace tamis
