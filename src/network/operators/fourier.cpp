#include "network/operators/fourier.h"

#include <cmath>
#include <numbers>

namespace tamis::network {

FourierTransform::FourierTransform(size_t length, bool is_inverse) : roots_(length), is_inverse_(is_inverse) {
  const double turn = (is_inverse ? 2 : -2) * std::numbers::pi / static_cast<double>(length);
  for (size_t i = 0; i < length; ++i) roots_[i] = std::polar(1.0, turn * static_cast<double>(i));
}

std::vector<std::complex<double>> FourierTransform::of(
    const std::vector<std::complex<double>>& values) const {
  std::vector<std::complex<double>> result(values.size());
  if (values.empty()) return result;
  transform(values.data(), 1, values.size(), result.data());
  if (is_inverse_)
    for (std::complex<double>& value : result) value /= static_cast<double>(values.size());
  return result;
}

void FourierTransform::transform(const std::complex<double>* values, size_t step, size_t count,
                                 std::complex<double>* result) const {
  const size_t whole = roots_.size();
  if (count % 2 != 0) {
    for (size_t k = 0; k < count; ++k) {
      std::complex<double> sum = 0;
      for (size_t n = 0, turn = 0; n < count; ++n, turn = (turn + k) % count)
        sum += values[n * step] * roots_[turn * step % whole];
      result[k] = sum;
    }
    return;
  }
  // Those of even and of odd places (Cooley and Tukey).
  const size_t half = count / 2;
  transform(values, 2 * step, half, result);
  transform(values + step, 2 * step, half, result + half);
  for (size_t k = 0; k < half; ++k) {
    const std::complex<double> even = result[k];
    const std::complex<double> odd = result[k + half] * roots_[k * step];
    result[k] = even + odd;
    result[k + half] = even - odd;
  }
}

}  // namespace tamis::network
