#include "network/onnx/onnx.h"

// A build without libonnx and libprotobuf (TAMIS_WITH_ONNX=OFF).

namespace tamis::network {

Status onnx_supported() {
  return unsupported(
      "this build of tamis has no libonnx, so it cannot read ONNX files; build it with -DTAMIS_WITH_ONNX=ON "
      "(Debian: libonnx-dev, libprotobuf-dev)");
}

Result<Model> read_model(const std::string&) { return onnx_supported().error(); }
Result<Model> read_model_text(std::string_view, const ModelOrigin&) { return onnx_supported().error(); }

}  // namespace tamis::network
