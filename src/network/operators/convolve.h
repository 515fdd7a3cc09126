#pragma once

#include "network/graph/array.h"
#include "network/operators/operator.h"
#include "network/operators/window.h"

#include <cstdint>
#include <vector>

namespace tamis::network {

/// What a Conv or ConvTranspose computes, whatever the type of its elements.
struct Convolution {
  int64_t batch = 1;
  int64_t groups = 1;
  int64_t inputs = 1;   ///< channels of X, of all groups
  int64_t outputs = 1;  ///< channels of Y, of all groups
  Window window;        ///< that of ConvTranspose slides over Y
};

/// The convolution of a node with X at input `x` and W (outputs x inputs / groups x kernel) at input `w`.
/// Errors: invalid_input where shapes and attributes do not go together; as sliding_window.
Result<Convolution> convolution_of(const Call& call, size_t x, size_t w);
/// The same of a ConvTranspose, whose W is inputs x outputs / groups x kernel. Errors: as transposed_window.
Result<Convolution> transposed_convolution_of(const Call& call);

/// The shape of Y.
Shape output_shape(const Convolution& convolution);
Shape transposed_output_shape(const Convolution& convolution);

/// Y as sums in double, row-major, without a bias. X and W hold fractions or integers; of integers of at most
/// 16 bits the sums are exact. Padding counts as 0.
std::vector<double> convolve(const Convolution& convolution, const Array& x, const Array& w);
std::vector<double> convolve_transposed(const Convolution& convolution, const Array& x, const Array& w);

/// Adds one number for each channel to values of shape batch x channels x rest.
void add_to_channels(std::vector<double>& y, int64_t batch, const std::vector<double>& bias);

}  // namespace tamis::network
