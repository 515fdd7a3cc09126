#pragma once

#include "tamis/workload.h"
#include "targets/loop/value.h"

namespace tamis::loop {

/// The element type of a workload's activations and weights, and that of its sums and bias.
Element element_of(DataType type);
Element sum_element_of(DataType type);
/// A value that is computed with: an element of 16 bits as float32, any other as it is.
Value computable(const Value& value);
/// An element of a workload's type at a place, as a value that is computed with.
Value load_computable(Access access, DataType type);
/// What a sum becomes: shift, bias, residual, clip or activation, and conversion, as Epilogue defines them.
/// For all types but int8 the bias is what the sum began with. `output` is where it goes, and where its
/// residual lies.
Value finish_value(const Epilogue& epilogue, DataType type, const Value& sum, const Affine& channel,
                   const Access& output);

}  // namespace tamis::loop
