#pragma once

#include "network/graph/graph.h"
#include "tamis/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tamis::network {

/// Whether this build reads ONNX files. Errors: unsupported for a build without libonnx
/// (TAMIS_WITH_ONNX=OFF), of which all other functions here fail in the same words.
Status onnx_supported();

/// Reads an ONNX file (https://github.com/onnx/onnx/blob/main/docs/IR.md): IR versions 3 to 14, those of onnx
/// up to 1.23, and ONNX's operators of opsets 7 to 28. Whether an operator exists and is supported at its
/// opset is not looked at, and what a file claims of inner values (value_info) is ignored.
///
/// Weights inside the file are held once; those in files beside it are mapped and stay so as long as an Array
/// of them lives: who shortens such a file in that time ends the program. Calls of the file's own functions
/// are replaced by what the functions do. Every message begins with the path.
///
/// Errors: not_found, io; corrupt for what is no ONNX model or is truncated; invalid_input for a model that
/// contradicts itself, or asks for data outside of its folder; unsupported for what is well formed but not
/// read: other versions, element types that no ElementType stands for where they are used, sparse tensors.
/// May be called by several threads at once.
Result<Model> read_model(const std::string& path);

/// Where the bytes of a model come from.
struct ModelOrigin {
  std::string name;                   ///< what messages begin with
  std::optional<std::string> folder;  ///< of external data; nothing for a model that may have none
};

/// The same, of a file's content. The bytes are not needed afterwards.
Result<Model> read_model_text(std::string_view bytes, const ModelOrigin& origin);

}  // namespace tamis::network
