#pragma once

#include "network/deploy/c_text.h"
#include "network/library/library.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::network {

// The texts of a deployed library, which check_library has found right. library_files() says what each is
// for.

/// The objects of a library's kernels, each once, in the order of the first kernel that is in it.
struct LibraryObjects {
  std::vector<const cpu::CompiledObject*> all;
  std::vector<size_t> of_kernel;  ///< which of them a kernel is in
};
LibraryObjects objects_of(const Library& library);
/// `kernels/NAME_3.o`.
std::string object_file_name(const Library& library, size_t object);
/// `NAME.weights`.
std::string weights_file_name(const Library& library);

/// `const float *x`, `float *y`: all ports as parameters in C, inputs first.
std::vector<std::string> port_parameters(const Library& library, const PortNames& names);
/// `Made by tamis 0.2.0 from resnet18.onnx, for the processor znver4.`
std::string origin_of(const Library& library);

/// NAME.h
std::string header_text(const Library& library);
/// NAME.c; `hash` is that of the weights.
std::string source_text(const Library& library, uint64_t hash);
/// NAME_main.c
std::string program_text(const Library& library);
/// NAMEConfig.cmake
std::string cmake_package_text(const Library& library);
/// CMakeLists.txt
std::string cmake_lists_text(const Library& library);

}  // namespace tamis::network
