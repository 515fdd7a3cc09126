#pragma once

#include "tamis/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tamis::peers {

/// What of oneDNN 3's C interface a convolution or a dense layer needs, from a library that is opened at run
/// time. Its names are those of the oneDNN 2 that this program is linked with, and mean other things, so
/// neither its headers nor its symbols may meet those: everything is a pointer here, and the numbers are
/// those of the headers of version 3, which the 3.x releases keep.
class Onednn3Library {
 public:
  using Handle = void*;
  /// `dnnl_exec_arg_t`: which argument, and its memory.
  struct Argument {
    int number;
    Handle memory;
  };
  /// Every dimension list has room for so many numbers.
  static constexpr int kMostDimensions = 12;
  static constexpr int kSuccess = 0, kFloat32 = 3, kCpu = 1, kDefaultStream = 1, kForwardInference = 96;
  static constexpr int kAny = 1, kBlockedBy16 = 78;  // format tags: any, aBcd16b
  static constexpr int kDirect = 1, kWinograd = 2, kAuto = 3, kRelu = 32, kClip = 46;      // algorithms
  static constexpr int kImplementation = 8, kSource = 129, kWeights = 131, kTarget = 133;  // queries
  static constexpr int kSourceArgument = 1, kTargetArgument = 17, kWeightsArgument = 33, kBiasArgument = 41;

  /// Opens the shared library at `path`. It stays open until the program ends, because its threads may
  /// outlive every caller. Errors: io when it cannot be opened; unsupported when it is not oneDNN 3.
  static Result<std::shared_ptr<const Onednn3Library>> open(const std::string& path);

  const std::string& version() const { return version_; }  ///< `oneDNN 3.2.0`

  int (*engine_create)(Handle*, int, size_t) = nullptr;
  int (*stream_create)(Handle*, Handle, unsigned) = nullptr;
  int (*stream_wait)(Handle) = nullptr;
  int (*memory_desc_create_with_strides)(Handle*, int, const int64_t*, int, const int64_t*) = nullptr;
  int (*memory_desc_create_with_tag)(Handle*, int, const int64_t*, int, int) = nullptr;
  int (*memory_create)(Handle*, const void*, Handle, void*) = nullptr;
  int (*post_ops_create)(Handle*) = nullptr;
  int (*post_ops_append_eltwise)(Handle, int, float, float) = nullptr;
  int (*primitive_attr_create)(Handle*) = nullptr;
  int (*primitive_attr_set_post_ops)(Handle, const void*) = nullptr;
  int (*convolution_create)(Handle*, Handle, int, int, const void*, const void*, const void*, const void*,
                            const int64_t*, const int64_t*, const int64_t*, const int64_t*,
                            const void*) = nullptr;
  int (*inner_product_create)(Handle*, Handle, int, const void*, const void*, const void*, const void*,
                              const void*) = nullptr;
  int (*reorder_create)(Handle*, const void*, Handle, const void*, Handle, const void*) = nullptr;
  int (*primitive_desc_query)(const void*, int, int, void*) = nullptr;
  const void* (*primitive_desc_query_md)(const void*, int, int) = nullptr;
  int (*primitive_create)(Handle*, const void*) = nullptr;
  int (*primitive_execute)(const void*, Handle, int, const Argument*) = nullptr;
  int (*destroy_memory_desc)(Handle) = nullptr;
  int (*destroy_memory)(Handle) = nullptr;
  int (*destroy_post_ops)(Handle) = nullptr;
  int (*destroy_attr)(Handle) = nullptr;
  int (*destroy_plan)(Handle) = nullptr;
  int (*destroy_primitive)(Handle) = nullptr;

 private:
  std::string version_;
};

}  // namespace tamis::peers
