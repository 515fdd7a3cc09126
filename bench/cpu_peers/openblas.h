#pragma once

#include "cpu_peers/peer.h"

#include <string>
#include <utility>

namespace tamis::peers {

/// What all forms of OpenBLAS share.
class OpenblasPeer : public Peer {
 public:
  explicit OpenblasPeer(std::string name) : name_(std::move(name)), family_(kOpenblas) {}
  const std::string& name() const override { return name_; }
  const std::string& family() const override { return family_; }

 private:
  std::string name_;
  std::string family_;
};

/// The kernels that OpenBLAS chose for this processor, for the table: `sgemm (Cooperlake)`.
std::string openblas_implementation(const std::string& function);

/// A matrix of `rows` rows, `row_step` elements apart, that a product left behind.
struct ProductRows {
  float* first;
  int64_t rows, columns, row_step;
};
/// The epilogue over a product whose columns, or rows, are the channels: OpenBLAS cannot fuse it, so it is a
/// pass of its own. `bias` points to the bias of the first channel and is not read where there is none.
void finish_columns(const Epilogue& epilogue, const float* bias, const ProductRows& product);
void finish_rows(const Epilogue& epilogue, const float* bias, const ProductRows& product);

/// The forms of convolutions, and of dense layers and matmul.
Peers openblas_convolutions();
Peers openblas_products();

}  // namespace tamis::peers
