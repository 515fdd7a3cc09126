# A room is a folder of src/ and a static library tamis_ROOM. The libraries that a room may link are the rooms
# below it, so a wrong dependency fails to link; scripts/check-floors holds the includes to the same rule.

set(TAMIS_SANITIZER "" CACHE STRING "Sanitizers to build with, for example address,undefined")
add_library(tamis_options INTERFACE)
target_compile_options(tamis_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
target_compile_options(tamis_options INTERFACE -pthread)  # some libraries ask for it; precompiled headers need it everywhere
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tamis_options INTERFACE -Wno-restrict)  # false alarms on std::string (GCC bug 105651)
endif()
option(TAMIS_UNITY_BUILD "Compile sources in batches: half the time for everything, more for one source" ON)
if(TAMIS_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # It takes the sources of a batch for headers.
  target_compile_options(tamis_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(tamis_options INTERFACE -Wno-deprecated-declarations)  # false alarms on libstdc++ 12's stable_sort
endif()
if(TAMIS_WERROR)
  target_compile_options(tamis_options INTERFACE -Werror)
endif()
if(TAMIS_SANITIZER)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(tamis_options INTERFACE -Wno-maybe-uninitialized)  # false alarms where it instruments
  endif()
  target_compile_options(tamis_options INTERFACE -fsanitize=${TAMIS_SANITIZER} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tamis_options INTERFACE -fsanitize=${TAMIS_SANITIZER})
endif()

set(TAMIS_UNITY_BATCH 8 CACHE STRING "How many sources are compiled together; 0 for all of a room")

# tamis_batch(TARGET): compiles the sources of a target in batches.
function(tamis_batch target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${TAMIS_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE ${TAMIS_UNITY_BATCH})
endfunction()

# What most sources include is compiled once for all sources that are compiled alike. A compiler cache saves more, and can
# keep nothing that includes a precompiled header.
set(precompile ON)
if(CMAKE_CXX_COMPILER_LAUNCHER OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(precompile OFF)
endif()
option(TAMIS_PRECOMPILED_HEADERS "Compile common headers once; off where a compiler launcher is set and for other compilers than GCC" ${precompile})

# tamis_optimize(TARGET KIND OPTION...): compiles a target, a library or the program of a test, with these options, and with the
# precompiled headers of all targets of this KIND, which must have the same options.
function(tamis_optimize target kind)
  target_compile_options(${target} PRIVATE ${ARGN})
  if(NOT TAMIS_PRECOMPILED_HEADERS)
    return()
  endif()
  set(owner tamis_precompiled_${kind})
  if(NOT TARGET ${owner})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${owner}.cpp CONTENT "int main() { return 0; }\n")
    set(headers <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <span> <string> <string_view> <variant>
                <vector> <fmt/format.h> <nlohmann/json.hpp>)
    set(libraries tamis_options fmt::fmt nlohmann_json::nlohmann_json)
    if(kind STREQUAL "test")
      add_executable(${owner} ${PROJECT_BINARY_DIR}/${owner}.cpp)  # a program, as all that take its headers
      list(APPEND headers <gmock/gmock.h> <gtest/gtest.h>)
      list(APPEND libraries GTest::gtest GTest::gmock)
    else()
      add_library(${owner} OBJECT ${PROJECT_BINARY_DIR}/${owner}.cpp)
    endif()
    target_compile_options(${owner} PRIVATE ${ARGN})
    target_link_libraries(${owner} PRIVATE ${libraries})
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

# tamis_glob(VARIABLE PATTERN...): the sources of this folder and of those below it that have no CMakeLists.txt of their own.
# A pattern names sources by their path from here; the path of one file is taken as it stands.
function(tamis_glob variable)
  set(found)
  set(own)
  foreach(pattern IN LISTS ARGN)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${pattern})
      list(APPEND own ${pattern})
      continue()
    endif()
    file(GLOB_RECURSE paths CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${pattern})
    list(APPEND found ${paths})
  endforeach()
  list(REMOVE_DUPLICATES found)
  list(SORT found)
  foreach(path IN LISTS found)
    get_filename_component(folder "${path}" DIRECTORY)
    while(folder AND NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      get_filename_component(folder "${folder}" DIRECTORY)
    endwhile()
    if(NOT folder)
      list(APPEND own ${path})
    endif()
  endforeach()
  set(${variable} ${own} PARENT_SCOPE)
endfunction()

# tamis_leave_out(VARIABLE SWITCH PATTERN...): the sources of this folder that a build does not compile: those that match the
# patterns where the switch is off; where it is on, `*_absent.cpp`, which say in their place what is missing.
function(tamis_leave_out variable switch)
  set(patterns ${ARGN})
  if(${switch})
    set(patterns *_absent.cpp)
  endif()
  tamis_glob(left_out ${patterns})
  set(${variable} ${left_out} PARENT_SCOPE)
endfunction()

# tamis_room(NAME COMPUTES|LANES|WAITS BATCH size ROOMS base space LIBRARIES fmt::fmt SOURCES generated.cpp EXCEPT absent.cpp): the
# sources of this folder, without those of EXCEPT, and with those of SOURCES. BATCH: how many are compiled together, where that is
# not as everywhere. COMPUTES: its tests compute so much that it is worth optimising even where sanitizers make that slow;
# elsewhere they take longer to compile than to run. LANES: and it has loops for processors of every width (base/cpu_clones.h):
# without fused multiplications their results are the same on all, and nobody asks errno about square roots. WAITS: it waits for files, processes or the user, so little optimising is
# enough; rooms of neither kind are optimised as usual (-O2), which compiles a tenth faster than -O3.
function(tamis_room name)
  cmake_parse_arguments(ROOM "COMPUTES;LANES;WAITS" "BATCH" "SOURCES;EXCEPT;ROOMS;LIBRARIES" ${ARGN})
  tamis_glob(sources *.cpp)
  if(ROOM_EXCEPT)
    list(REMOVE_ITEM sources ${ROOM_EXCEPT})
  endif()
  add_library(tamis_${name} STATIC ${sources} ${ROOM_SOURCES})
  tamis_batch(tamis_${name})
  if(ROOM_BATCH)
    set_target_properties(tamis_${name} PROPERTIES UNITY_BUILD_BATCH_SIZE ${ROOM_BATCH})
  endif()
  target_include_directories(tamis_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(tamis_${name} PRIVATE tamis_options PUBLIC fmt::fmt ${ROOM_LIBRARIES})
  if(TAMIS_SANITIZER AND NOT TAMIS_FUZZ AND NOT ROOM_COMPUTES AND NOT ROOM_LANES)
    tamis_optimize(tamis_${name} unoptimized -O0)
  elseif(ROOM_LANES)
    tamis_optimize(tamis_${name} lanes -ffp-contract=off -fno-math-errno)
  elseif(ROOM_COMPUTES)
    tamis_optimize(tamis_${name} computing)
  elseif(ROOM_WAITS)
    tamis_optimize(tamis_${name} waiting $<$<CONFIG:Release>:-O1>)
  else()
    tamis_optimize(tamis_${name} usual $<$<CONFIG:Release>:-O2>)
  endif()
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(tamis_${name} PUBLIC tamis_${room})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY TAMIS_ROOMS ${name})
endfunction()

# tamis_test(NAME ROOMS space LABELS slow): a GoogleTest program over some rooms, of the sources of this folder; of those that
# match the patterns of SOURCES where it gives some; without those that match a pattern of EXCEPT.
function(tamis_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;EXCEPT;ROOMS;LIBRARIES;LABELS" ${ARGN})
  if(NOT TEST_SOURCES)
    set(TEST_SOURCES *.cpp)
  endif()
  tamis_glob(sources ${TEST_SOURCES})
  if(TEST_EXCEPT)
    tamis_glob(others ${TEST_EXCEPT})
    list(REMOVE_ITEM sources ${others})
  endif()
  add_executable(${name} ${sources})
  tamis_batch(${name})
  target_link_libraries(${name} PRIVATE tamis_options GTest::gtest GTest::gmock GTest::gtest_main ${TEST_LIBRARIES})
  # Tests take longer to compile than to run.
  tamis_optimize(${name} test $<$<CONFIG:Release>:-O1> $<$<CONFIG:RelWithDebInfo>:-O0>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(${name} PRIVATE TAMIS_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
                                             TAMIS_SUITE_DATA="${PROJECT_SOURCE_DIR}/data"
                                             TAMIS_BUILD_BIN="${PROJECT_BINARY_DIR}/bin")
  foreach(room IN LISTS TEST_ROOMS)
    target_link_libraries(${name} PRIVATE tamis_${room})
  endforeach()
  if(TEST_LABELS)
    set(label_properties LABELS "${TEST_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES ${label_properties} TIMEOUT 600)
endfunction()
