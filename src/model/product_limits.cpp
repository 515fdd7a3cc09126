#include "model/product_limits.h"

#include "base/cpu_clones.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace tamis {
namespace {

/// Logarithms are multiples of one over this, so that sums of them are exact.
constexpr float kLogParts = 1024;
/// Sums that differ by no more are of the same product.
constexpr float kSame = 4 / kLogParts;
constexpr size_t kMostColumns = 32;
/// So many columns of a product are chosen anew in a sweep at most.
constexpr size_t kChosen = 8;
/// What is believed of a product before anything is known: the chances that a column is in it, that it is
/// limited at all, and that it is so from below.
constexpr double kColumnShare = 0.4;
constexpr double kLimitedShare = 0.5;
constexpr double kLeastShare = 0.4;
/// What is believed of configs below all limits: as if so many valid and invalid ones were known.
constexpr double kValidBelow = 4;
constexpr double kInvalidBelow = 0.5;
/// The probability of a config beyond a limit to be valid.
constexpr float kValidAbove = 0.02F;
/// Sweeps of every chain for a first fit; after that a fit sweeps some chains once, which take turns.
constexpr size_t kFirstSweeps = 8;
constexpr size_t kSwept = 4;

/// Whether one of two things happens that is so many times as probable as the other.
bool happens(double odds, Random& random) {
  return !std::isfinite(odds) || random.uniform() * (1 + odds) < odds;
}

/// How probable a config is to be valid, by chains that each have a lane for every other product: the parts
/// of the ways to the limits that it leaves are what lies in `begins` less what lies in the rows of its
/// levels.
TAMIS_WIDE_CLONES float valid_by(const float* const* rows, size_t count, const float* begins,
                                 const float* valid_below) {
  constexpr size_t kChains = ProductLimits::kChains;
  Lanes below = Lanes{} + 1.0F;
  for (size_t first = 0; first < ProductLimits::kProducts * kChains; first += kLanes) {
    Lanes way;
    load(way, begins + first);
    for (size_t i = 0; i < count; ++i) {
      Lanes part;
      load(part, rows[i] + first);
      way -= part;
    }
    way = way > 0 ? way : Lanes{};
    below *= way < 1 ? way : Lanes{} + 1.0F;
  }
  std::array<float, kLanes> parts;
  store(below, parts.data());
  std::array<float, kChains> sums;
  for (size_t i = 0; i < kChains; ++i)
    sums[i] = (valid_below[i] - kValidAbove) * parts[i] * parts[i + kChains];
  for (size_t half = kChains / 2; half > 0; half /= 2)
    for (size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return kValidAbove + sums[0] / kChains;
}

TAMIS_WIDE_CLONES void add_times(float* sums, const float* from, const float* added, float times, float more,
                                 size_t count) {
  for (size_t i = 0; i < count; ++i) sums[i] = from[i] + (more + times * added[i]);
}

TAMIS_WIDE_CLONES float largest(const float* values, size_t count) {
  float most = 0;
  for (size_t i = 0; i < count; ++i) most = values[i] > most ? values[i] : most;
  return most;
}

}  // namespace

double ProductLimits::Weight::over(const Weight& other) const {
  return (limited + unlimited) / (other.limited + other.unlimited) * std::exp(scale - other.scale);
}

ProductLimits::ProductLimits(const ConfigGrid& grid) : grid_(grid) {
  for (size_t i = 0; i < grid.columns().size() && columns_.size() < kMostColumns; ++i) {
    const GridColumn& column = grid.columns()[i];
    if (!column.ordered || !column.chosen || column.values.front() < 0) continue;
    const double added = column.values.front() > 0 ? 0 : 1;
    std::vector<float> logs;
    for (const double value : column.values) {
      const double log = std::log2((value + added) / (column.values.front() + added));
      logs.push_back(static_cast<float>(std::round(log * kLogParts)) / kLogParts);
    }
    columns_.push_back(i);
    reach_.push_back(logs.back());
    logs_.push_back(std::move(logs));
  }
  known_.resize(columns_.size());
}

void ProductLimits::fit(std::span<const size_t> configs, std::span<const float> targets, Random& random) {
  const size_t count = std::min(configs.size(), kKnown);
  know(configs.last(count), targets.last(count));
  if (!columns_.empty()) {
    const size_t sweeps = begun_ ? kSwept : kFirstSweeps * kChains;
    for (size_t i = 0; i < sweeps; ++i) sweep(chains_[turn_++ % kChains], random);
    begun_ = true;
  }
  keep_tables();
}

void ProductLimits::know(std::span<const size_t> configs, std::span<const float> targets) {
  std::vector<size_t> order(configs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_partition(order.begin(), order.end(), [&](size_t i) { return targets[i] > 0.5F; });
  valid_ =
      static_cast<size_t>(std::count_if(targets.begin(), targets.end(), [](float t) { return t > 0.5F; }));
  for (size_t c = 0; c < columns_.size(); ++c) {
    const std::vector<uint8_t>& levels = grid_.columns()[columns_[c]].levels;
    known_[c].resize(order.size());
    for (size_t i = 0; i < order.size(); ++i) known_[c][i] = logs_[c][levels[configs[order[i]]]];
  }
  ruled_out_.resize(order.size());
  weigh_unexplained();
}

/// Beta and binomial: so many invalid ones beside the valid ones, each equally probable.
void ProductLimits::weigh_unexplained() {
  const size_t invalid = ruled_out_.size() - valid_;
  unexplained_.assign(1, 0);
  one_more_.clear();
  for (size_t i = 0; i < invalid; ++i) {
    const double so_far = static_cast<double>(i) + kInvalidBelow;
    one_more_.push_back(so_far / (so_far + static_cast<double>(valid_) + kValidBelow));
    unexplained_.push_back(unexplained_.back() + std::log(one_more_.back()));
  }
}

void ProductLimits::add_up(const Product& product, std::vector<float>& sums) const {
  sums.assign(ruled_out_.size(), product.least ? reach(product.columns) : 0);
  for (uint32_t columns = product.columns; columns != 0; columns &= columns - 1) {
    const auto column = static_cast<size_t>(std::countr_zero(columns));
    add_times(sums.data(), sums.data(), known_[column].data(), product.least ? -1.0F : 1.0F, 0, sums.size());
  }
}

float ProductLimits::reach(uint32_t columns) const {
  float sum = 0;
  for (; columns != 0; columns &= columns - 1) sum += reach_[static_cast<size_t>(std::countr_zero(columns))];
  return sum;
}

void ProductLimits::count_ruled_out(const Product& product, std::span<const float> sums, int by) {
  if (!product.limited) return;
  const float limit = product.invalid - kSame;
  for (size_t i = valid_; i < ruled_out_.size(); ++i)
    ruled_out_[i] = static_cast<uint8_t>(ruled_out_[i] + (sums[i] >= limit ? by : 0));
}

void ProductLimits::sweep(Chain& chain, Random& random) {
  std::fill(ruled_out_.begin(), ruled_out_.end(), uint8_t{0});
  for (size_t k = 0; k < kProducts; ++k) {
    add_up(chain[k], sums_[k]);
    // What was learnt since may have shown that the limit is not where it was.
    chain[k].valid = std::max(chain[k].valid, largest(sums_[k].data(), valid_));
    if (chain[k].valid + kSame >= chain[k].invalid) chain[k].limited = false;
    count_ruled_out(chain[k], sums_[k], 1);
  }
  for (size_t k = 0; k < kProducts; ++k) {
    count_ruled_out(chain[k], sums_[k], -1);
    open_.clear();
    for (size_t i = valid_; i < ruled_out_.size(); ++i)
      if (ruled_out_[i] == 0) open_.push_back(i);
    sums_[k].swap(sums_[0]);
    choose_columns(chain[k], random);
    choose_side(chain[k], random);
    choose_limit(chain[k], random);
    sums_[k].swap(sums_[0]);
    count_ruled_out(chain[k], sums_[k], 1);
  }
}

ProductLimits::Places ProductLimits::find_places(std::span<const float> sums, float reach) const {
  Places places;
  const float valid = largest(sums.data(), valid_);
  places.edges[0] = valid;
  places.count = 1;
  for (const size_t i : open_) {
    const float sum = sums[i];
    if (sum <= valid + kSame) {
      ++places.below;
      continue;
    }
    if (places.count > Places::kEdges && sum >= places.edges.back()) continue;
    size_t at = std::min(places.count, Places::kEdges);
    places.count = at + 1;
    for (; at > 1 && places.edges[at - 1] > sum; --at) places.edges[at] = places.edges[at - 1];
    places.edges[at] = sum;
  }
  if (places.count <= Places::kEdges) places.edges[places.count++] = reach;
  return places;
}

ProductLimits::Chances ProductLimits::chances_of(const Places& places) const {
  Chances chances{};
  double times = 1;
  for (size_t i = 0; i + 1 < places.count; ++i) {
    chances[i] = times * (places.edges[i + 1] - places.edges[i]);
    if (places.below + i < one_more_.size()) times *= one_more_[places.below + i];
  }
  return chances;
}

ProductLimits::Weight ProductLimits::weigh(const Places& places, const Product& product, float reach) const {
  Weight weight;
  double share = product.least ? kLeastShare : 1 - kLeastShare;
  for (uint32_t left = product.columns; left != 0; left &= left - 1)
    share *= kColumnShare / (1 - kColumnShare);
  weight.scale = unexplained_[places.below];
  weight.unlimited =
      share * (1 - kLimitedShare) * std::exp(unexplained_[open_.size()] - unexplained_[places.below]);
  const Chances chances = chances_of(places);
  weight.limited = std::accumulate(chances.begin(), chances.end(), 0.0);
  weight.limited *= reach > 0 ? share * kLimitedShare / reach : 0;
  return weight;
}

void ProductLimits::choose_columns(Product& product, Random& random) {
  std::vector<float>& sums = sums_[0];
  const size_t tried = std::min(columns_.size(), kChosen);
  size_t column = columns_.size() > tried ? static_cast<size_t>(random.below(columns_.size())) : 0;
  float width = reach(product.columns);
  Weight weight = weigh(find_places(sums, width), product, width);
  others_.resize(sums.size());
  for (size_t i = 0; i < tried; ++i, column = column + 1 < columns_.size() ? column + 1 : 0) {
    Product changed = product;
    changed.columns ^= uint32_t{1} << column;
    const float sign = changed.columns > product.columns ? 1 : -1;
    add_times(others_.data(), sums.data(), known_[column].data(), product.least ? -sign : sign,
              product.least ? sign * reach_[column] : 0, sums.size());
    const float changed_width = width + sign * reach_[column];
    const Weight other = weigh(find_places(others_, changed_width), changed, changed_width);
    if (!happens(other.over(weight), random)) continue;
    product = changed;
    sums.swap(others_);
    width = changed_width;
    weight = other;
  }
}

void ProductLimits::choose_side(Product& product, Random& random) {
  std::vector<float>& sums = sums_[0];
  const float width = reach(product.columns);
  Product changed = product;
  changed.least = !product.least;
  others_.assign(sums.size(), width);
  add_times(others_.data(), others_.data(), sums.data(), -1, 0, sums.size());
  const Weight other = weigh(find_places(others_, width), changed, width);
  if (!happens(other.over(weigh(find_places(sums, width), product, width)), random)) return;
  product = changed;
  sums.swap(others_);
}

void ProductLimits::choose_limit(Product& product, Random& random) {
  const float width = reach(product.columns);
  const Places places = find_places(sums_[0], width);
  const Weight weight = weigh(places, product, width);
  product.limited = happens(weight.limited / weight.unlimited, random);
  if (!product.limited) return;
  const Chances chances = chances_of(places);
  double drawn = random.uniform() * std::accumulate(chances.begin(), chances.end(), 0.0);
  size_t place = 0;
  while (place + 2 < places.count && drawn >= chances[place]) drawn -= chances[place++];
  product.valid = places.edges[place];
  product.invalid = places.edges[place + 1];
  product.limited = product.invalid > product.valid + kSame;
}

void ProductLimits::keep_tables() {
  constexpr size_t kRow = kProducts * kChains;
  first_level_.clear();
  size_t levels = 0;
  for (const std::vector<float>& logs : logs_) {
    first_level_.push_back(levels);
    levels += logs.size();
  }
  tables_.assign(levels * kRow, 0);
  begins_.assign(kRow, 1);
  for (size_t i = 0; i < kChains; ++i) {
    for (size_t k = 0; k < kProducts; ++k) keep_table(chains_[i][k], k * kChains + i);
    const double valid = static_cast<double>(valid_) + kValidBelow;
    const double invalid = static_cast<double>(count_unexplained(chains_[i])) + kInvalidBelow;
    valid_below_[i] = static_cast<float>(valid / (valid + invalid));
  }
}

void ProductLimits::keep_table(const Product& product, size_t lane) {
  constexpr size_t kRow = kProducts * kChains;
  if (!product.limited) return;
  const float scale = 1 / (product.invalid - product.valid);
  begins_[lane] = product.invalid * scale;
  for (uint32_t left = product.columns; left != 0; left &= left - 1) {
    const auto column = static_cast<size_t>(std::countr_zero(left));
    float* entry = tables_.data() + first_level_[column] * kRow + lane;
    for (const float log : logs_[column]) {
      *entry = (product.least ? reach_[column] - log : log) * scale;
      entry += kRow;
    }
  }
}

size_t ProductLimits::count_unexplained(const Chain& chain) {
  std::fill(ruled_out_.begin(), ruled_out_.end(), uint8_t{0});
  for (const Product& product : chain) {
    if (!product.limited) continue;
    add_up(product, others_);
    count_ruled_out(product, others_, 1);
  }
  const auto first = ruled_out_.begin() + static_cast<std::ptrdiff_t>(valid_);
  return static_cast<size_t>(std::count(first, ruled_out_.end(), uint8_t{0}));
}

float ProductLimits::at(size_t config) const {
  std::array<const float*, kMostColumns> rows;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const size_t level = first_level_[i] + grid_.columns()[columns_[i]].levels[config];
    rows[i] = tables_.data() + level * kProducts * kChains;
  }
  return valid_by(rows.data(), columns_.size(), begins_.data(), valid_below_.data());
}

}  // namespace tamis
