#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace tamis::network {

/// The discrete Fourier transform of sequences of one length: y[k] = sum of x[n] e^(-2 pi i k n / N), with
/// the opposite sign and divided by N where it is the inverse. In float64, with each power of the root of
/// unity taken from a table, so that errors do not grow with k. Takes N log N steps where N is a power of
/// two, N times its odd part where it is not. Thread safe.
class FourierTransform {
 public:
  FourierTransform(size_t length, bool is_inverse);

  /// The transform of a sequence of that length.
  [[nodiscard]] std::vector<std::complex<double>> of(const std::vector<std::complex<double>>& values) const;

 private:
  /// The transform of `count` values, every `step`-th from the first, without the division.
  void transform(const std::complex<double>* values, size_t step, size_t count,
                 std::complex<double>* result) const;

  std::vector<std::complex<double>> roots_;  ///< powers of the root of unity of the whole length
  bool is_inverse_;
};

}  // namespace tamis::network
