#include "targets/cpu/deploy/interface.h"

#include <fmt/format.h>

namespace tamis::cpu {

std::string cmake_file(const Interface& kernel) {
  std::string text = fmt::format(
      "# target_link_libraries(PROGRAM PRIVATE {0}) adds the object file and finds {0}.h.\n"
      "add_library({0} OBJECT IMPORTED GLOBAL)\n"
      "set_target_properties({0} PROPERTIES\n"
      "  IMPORTED_OBJECTS \"${{CMAKE_CURRENT_LIST_DIR}}/{0}.o\"\n"
      "  INTERFACE_INCLUDE_DIRECTORIES \"${{CMAKE_CURRENT_LIST_DIR}}\")\n",
      kernel.name);
  if (kernel.threads > 1)
    text += fmt::format("target_link_libraries({} INTERFACE gomp)  # OpenMP's runtime\n", kernel.name);
  return text;
}

std::string directory_cmake_file() {
  return R"(# The kernels of this directory: add_subdirectory() gives a project their libraries, and built by itself
# (cmake -S . -B build && cmake --build build && ctest --test-dir build) it checks and times them.
cmake_minimum_required(VERSION 3.13)
project(tamis_kernels LANGUAGES C)

file(GLOB kernel_files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cmake")
foreach(kernel_file IN LISTS kernel_files)
  include("${kernel_file}")
endforeach()

if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
  endif()
  enable_testing()
  foreach(kernel_file IN LISTS kernel_files)
    get_filename_component(kernel "${kernel_file}" NAME_WE)
    add_executable(${kernel}_test ${kernel}_test.c)
    target_link_libraries(${kernel}_test PRIVATE ${kernel} m)
    add_test(NAME ${kernel} COMMAND ${kernel}_test)
    # They take times: one after the other, each thread on a core of its own.
    set_tests_properties(${kernel} PROPERTIES RUN_SERIAL ON ENVIRONMENT OMP_PROC_BIND=true)
  endforeach()
endif()
)";
}

}  // namespace tamis::cpu
