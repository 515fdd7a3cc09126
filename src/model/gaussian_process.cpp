#include "model/gaussian_process.h"

#include "model/lengthscale_search.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

Matrix to_matrix(const FeatureMatrix& features) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(features.values.data(), static_cast<Eigen::Index>(features.rows()),
                                    static_cast<Eigen::Index>(features.columns))
      .cast<double>();
}

/// Rows measured in lengthscales.
Matrix scaled(const FeatureMatrix& features, const std::vector<size_t>& groups,
              const std::vector<double>& lengthscales) {
  Matrix rows = to_matrix(features);
  for (size_t column = 0; column < groups.size(); ++column)
    rows.col(static_cast<Eigen::Index>(column)) /= lengthscales[groups[column]];
  return rows;
}

}  // namespace

/// What a process is conditioned on.
struct GaussianProcess::Known {
  Matrix rows;  ///< scaled
  double mean = 0;
  double scale = 1;           ///< variance of the function
  Eigen::LLT<Matrix> factor;  ///< of the rows' covariance over `scale`
  Vector weights;             ///< the covariance's inverse times the centred targets
};

/// All variances are over that of the function.
struct GaussianPosterior::State {
  Matrix rows;     ///< scaled
  Matrix solved;   ///< one column per row: the factor's inverse times its covariances with what is known
  Matrix assumed;  ///< the same for what is assumed, which extends the factor; one column per assumed row
  Vector mean;
  Vector variance;
  double scale = 1;
  double noise = 0;
};

GaussianPosterior::GaussianPosterior(std::unique_ptr<State> state) : state_(std::move(state)) {}
GaussianPosterior::GaussianPosterior(GaussianPosterior&& other) noexcept = default;
GaussianPosterior& GaussianPosterior::operator=(GaussianPosterior&& other) noexcept = default;
GaussianPosterior::~GaussianPosterior() = default;

double GaussianPosterior::mean(size_t row) const { return state_->mean[static_cast<Eigen::Index>(row)]; }

double GaussianPosterior::deviation(size_t row) const {
  return std::sqrt(std::max(state_->variance[static_cast<Eigen::Index>(row)], 0.0) * state_->scale);
}

void GaussianPosterior::assume_mean(size_t row) {
  const auto position = static_cast<Eigen::Index>(row);
  State& state = *state_;
  const double own = std::max(state.variance[position], 0.0) + state.noise;
  Vector covariance = matern(squared_distances(state.rows, state.rows.row(position)));
  covariance -= state.solved.transpose() * state.solved.col(position);
  if (state.assumed.cols() > 0) covariance -= state.assumed * state.assumed.row(position).transpose();
  covariance /= std::sqrt(own);
  state.variance -= covariance.cwiseAbs2();
  state.assumed.conservativeResize(state.rows.rows(), state.assumed.cols() + 1);
  state.assumed.rightCols(1) = covariance;
}

GaussianProcess::GaussianProcess(std::vector<size_t> groups, const GaussianProcessOptions& options)
    : groups_(std::move(groups)), options_(options) {
  const size_t count = groups_.empty() ? 0 : *std::max_element(groups_.begin(), groups_.end()) + 1;
  lengthscales_.assign(count, 1.0);
}
GaussianProcess::~GaussianProcess() = default;

Status GaussianProcess::check(const FeatureMatrix& features, std::span<const float> targets) const {
  TAMIS_TRY(check_training(features, targets));
  return check_asked(features, groups_.size());
}

Status GaussianProcess::fit(const FeatureMatrix& features, std::span<const float> targets) {
  TAMIS_TRY(check(features, targets));
  Vector centred =
      Eigen::Map<const Eigen::VectorXf>(targets.data(), static_cast<Eigen::Index>(targets.size()))
          .cast<double>();
  centred.array() -= centred.mean();
  const LengthscaleLikelihood likelihood(to_matrix(features), groups_, std::move(centred), options_);
  LogScales start(static_cast<Eigen::Index>(lengthscales_.size()) + 1);
  for (size_t i = 0; i < lengthscales_.size(); ++i)
    start[static_cast<Eigen::Index>(i)] = std::log(lengthscales_[i]);
  start[start.size() - 1] = std::log(noise_);
  const LogScales best = climb(likelihood, std::move(start), options_.steps);
  for (size_t i = 0; i < lengthscales_.size(); ++i)
    lengthscales_[i] = std::exp(best[static_cast<Eigen::Index>(i)]);
  noise_ = std::exp(best[best.size() - 1]);
  return {};
}

Status GaussianProcess::condition(const FeatureMatrix& features, std::span<const float> targets) {
  TAMIS_TRY(check(features, targets));
  auto known = std::make_unique<Known>();
  known->rows = scaled(features, groups_, lengthscales_);
  Vector centred =
      Eigen::Map<const Eigen::VectorXf>(targets.data(), static_cast<Eigen::Index>(targets.size()))
          .cast<double>();
  known->mean = centred.mean();
  centred.array() -= known->mean;
  Matrix covariance = matern(squared_distances(known->rows, known->rows));
  covariance.diagonal().array() += noise_ + 1e-8;
  known->factor.compute(covariance);
  if (known->factor.info() != Eigen::Success)
    return Error{
        ErrorKind::internal,
        fmt::format("a Gaussian process cannot tell {} rows apart under noise {}", features.rows(), noise_)};
  known->weights = known->factor.solve(centred);
  known->scale = std::max(centred.dot(known->weights) / static_cast<double>(centred.size()), 1e-12);
  known_ = std::move(known);
  return {};
}

Result<GaussianPosterior> GaussianProcess::posterior(const FeatureMatrix& features) const {
  if (known_ == nullptr) return invalid_input("a Gaussian process was asked before it knew of any row");
  auto state = std::make_unique<GaussianPosterior::State>();
  state->scale = known_->scale;
  state->noise = noise_;
  if (features.values.empty()) return GaussianPosterior(std::move(state));
  TAMIS_TRY(check_asked(features, groups_.size()));
  state->rows = scaled(features, groups_, lengthscales_);
  const Matrix covariance = matern(squared_distances(known_->rows, state->rows));
  state->mean = (covariance.transpose() * known_->weights).array() + known_->mean;
  state->solved = known_->factor.matrixL().solve(covariance);
  state->variance = 1 - state->solved.colwise().squaredNorm().transpose().array();
  return GaussianPosterior(std::move(state));
}

}  // namespace tamis
