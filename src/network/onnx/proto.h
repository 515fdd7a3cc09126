#pragma once

// The messages of ONNX, in the form with everything (`ml`), which Debian's library holds.
#ifndef ONNX_ML
#define ONNX_ML
#endif
#include <onnx/onnx_pb.h>
