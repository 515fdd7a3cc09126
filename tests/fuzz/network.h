#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tamis::fuzz {

/// Reads the input as an ONNX file, in a folder that holds the file `w` of 64 bytes; what is read keeps what
/// graph.h promises, and is resolved, simplified and taken apart into layers.
void run_onnx(std::string_view input);
/// The same for a model in protobuf's text format, of which a change more often leaves a model.
void run_onnx_text(std::string_view input);

std::vector<std::string> onnx_seeds();
std::vector<std::string> onnx_text_seeds();

}  // namespace tamis::fuzz
