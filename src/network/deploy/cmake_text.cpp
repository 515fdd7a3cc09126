#include "network/deploy/c_files.h"

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr const char* kPackage =
    R"cmake(# find_package(NAME) with this folder as NAME_DIR or in CMAKE_PREFIX_PATH gives the target NAME::NAME.
# ORIGIN
if(NOT TARGET NAME::NAME)
  get_property(NAME_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(NOT "C" IN_LIST NAME_languages)
    set(NAME_FOUND FALSE)
    set(NAME_NOT_FOUND_MESSAGE "NAME is in C: write project(... LANGUAGES C)")
    return()
  endif()
  set(NAME_objects)
  foreach(NAME_object RANGE 0 LAST)
    list(APPEND NAME_objects "${CMAKE_CURRENT_LIST_DIR}/kernels/NAME_${NAME_object}.o")
  endforeach()
  set_source_files_properties(${NAME_objects} PROPERTIES EXTERNAL_OBJECT TRUE)
  add_library(NAME_network STATIC "${CMAKE_CURRENT_LIST_DIR}/NAME.c" ${NAME_objects})
  set_target_properties(NAME_network PROPERTIES
    C_STANDARD 99 C_STANDARD_REQUIRED ON POSITION_INDEPENDENT_CODE ON)
  target_include_directories(NAME_network PUBLIC "${CMAKE_CURRENT_LIST_DIR}")
LINK  add_library(NAME::NAME ALIAS NAME_network)
endif()
#Where the weights lie that NAME_create() is given.
set(NAME_WEIGHTS "${CMAKE_CURRENT_LIST_DIR}/NAME.weights")
)cmake";

constexpr const char* kLists = R"cmake(# ORIGIN
# add_subdirectory() gives a project the target NAME::NAME; built by itself (cmake -S . -B build && cmake --build build)
# it makes the program NAME_main too, which runs the network and times its steps.
cmake_minimum_required(VERSION 3.13)
project(NAME LANGUAGES C)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/NAMEConfig.cmake")
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  add_executable(NAME_main NAME_main.c)
  set_target_properties(NAME_main PROPERTIES C_STANDARD 99 C_STANDARD_REQUIRED ON)
  target_link_libraries(NAME_main PRIVATE NAME::NAME)
endif()
)cmake";

}  // namespace

std::string cmake_package_text(const Library& library) {
  std::string text = kPackage;
  const size_t objects = objects_of(library).all.size();
  if (objects == 0) {
    const size_t begin = text.find("  foreach");
    const size_t end = text.find("  add_library(NAME_network");
    text.erase(begin, end - begin);
  }
  put_in_place(text, "LAST", std::to_string(objects - 1));
  put_in_place(
      text, "LINK",
      library.threads > 1 ? "  target_link_libraries(NAME_network PUBLIC gomp)  # OpenMP's runtime\n" : "");
  text = with_name(text, library.name);
  put_in_place(text, "ORIGIN", origin_of(library));
  return text;
}

std::string cmake_lists_text(const Library& library) {
  std::string text = kLists;
  text = with_name(text, library.name);
  put_in_place(text, "ORIGIN", origin_of(library));
  return text;
}

}  // namespace tamis::network
