#include "cpu_peers/openblas.h"

#include <algorithm>

#include <cblas.h>
#include <fmt/format.h>

// A user of OpenBLAS writes these passes for the processor at hand.
#if defined(__x86_64__)
#define TAMIS_WIDEST_VECTORS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TAMIS_WIDEST_VECTORS
#endif

namespace tamis::peers {

std::string openblas_implementation(const std::string& function) {
  return fmt::format("{} ({})", function, openblas_get_corename());
}

TAMIS_WIDEST_VECTORS void finish_columns(const Epilogue& epilogue, const float* bias,
                                         const ProductRows& product) {
  const auto low = static_cast<float>(epilogue.clip_min), high = static_cast<float>(epilogue.clip_max);
  for (int64_t row = 0; row < product.rows; ++row) {
    float* values = product.first + row * product.row_step;
    for (int64_t column = 0; column < product.columns; ++column) {
      const float sum = epilogue.bias ? values[column] + bias[column] : values[column];
      values[column] = std::min(std::max(sum, low), high);
    }
  }
}

TAMIS_WIDEST_VECTORS void finish_rows(const Epilogue& epilogue, const float* bias,
                                      const ProductRows& product) {
  const auto low = static_cast<float>(epilogue.clip_min), high = static_cast<float>(epilogue.clip_max);
  for (int64_t row = 0; row < product.rows; ++row) {
    float* values = product.first + row * product.row_step;
    const float added = epilogue.bias ? bias[row] : 0.0F;
    for (int64_t column = 0; column < product.columns; ++column)
      values[column] = std::min(std::max(values[column] + added, low), high);
  }
}

std::string openblas_version() { return openblas_get_config(); }

Peers openblas_peers() {
  Peers peers = openblas_convolutions();
  for (auto& peer : openblas_products()) peers.push_back(std::move(peer));
  return peers;
}

}  // namespace tamis::peers
