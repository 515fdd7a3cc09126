#pragma once

#include "tamis/workload.h"
#include "targets/loop/program.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tamis::cpu {

using namespace loop;

/// The C functions of a deployed config, and what a reader should know of them.
struct Interface {
  std::string name;  ///< of the function; an identifier
  Workload workload;
  std::vector<Buffer> run_arguments;      ///< in the order of the parameters
  std::vector<Buffer> prepare_arguments;  ///< empty where nothing is prepared
  int64_t workspace_bytes = 0;            ///< that either function needs
  int threads = 1;
  std::string processor;  ///< LLVM's name of it
  std::string config;     ///< `tile_x=14 ...`
  double latency_ns = 0;  ///< what was measured; 0 where nothing was
};

/// `resnet18_C2_prepare`.
std::string prepare_name(const Interface& kernel);
/// What a parameter is called: the operands of a matmul are `a` and `b`, all others as their buffers.
std::string parameter_name(const Interface& kernel, const Buffer& argument);
/// `float`, `int8_t`, ...
std::string c_type(Element element);
/// Every argument of both functions, each once.
std::vector<Buffer> all_arguments(const Interface& kernel);
/// The shape of an argument as the user sees it, `[1][56][56][64]: image, row, column, channel`, or what is
/// in it, where that is nobody's business but the functions'.
std::string shape_of(const Interface& kernel, const Buffer& argument);

/// The file NAME.h: the functions with their shapes and layouts, and their constants.
std::string header_file(const Interface& kernel);
/// The file NAME_test.c: a program that checks the function against the operator's definition and times it.
std::string test_file(const Interface& kernel);
/// The file NAME.cmake: the object file as a library to link.
std::string cmake_file(const Interface& kernel);
/// A CMakeLists.txt for a directory of kernels: their libraries, and, where it is built by itself, their
/// tests. The same for all, so that kernels can be added to a directory.
std::string directory_cmake_file();

}  // namespace tamis::cpu
