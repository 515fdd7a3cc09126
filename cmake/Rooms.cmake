# A room is a folder of src/ and a static library tamis_ROOM. The libraries that a room may link are the rooms
# below it, so a wrong dependency fails to link; scripts/check-floors holds the includes to the same rule.

set(TAMIS_SANITIZER "" CACHE STRING "Sanitizers to build with, for example address,undefined")
add_library(tamis_options INTERFACE)
target_compile_options(tamis_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(tamis_options INTERFACE -Wno-restrict)  # false alarms on std::string (GCC bug 105651)
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

# tamis_room(NAME COMPUTES SOURCES a.cpp b.cpp ROOMS base space LIBRARIES fmt::fmt). COMPUTES: its tests compute so much that
# it is worth optimising even where sanitizers make that slow; elsewhere they take longer to compile than to run.
function(tamis_room name)
  cmake_parse_arguments(ROOM "COMPUTES" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
  add_library(tamis_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(tamis_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(tamis_${name} PRIVATE tamis_options PUBLIC fmt::fmt ${ROOM_LIBRARIES})
  if(TAMIS_SANITIZER AND NOT TAMIS_FUZZ AND NOT ROOM_COMPUTES)
    target_compile_options(tamis_${name} PRIVATE -O0)
  endif()
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(tamis_${name} PUBLIC tamis_${room})
  endforeach()
  set_property(GLOBAL APPEND PROPERTY TAMIS_ROOMS ${name})
endfunction()

# tamis_test(NAME SOURCES a_test.cpp ROOMS space LABELS slow): a GoogleTest program over some rooms.
function(tamis_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;ROOMS;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE tamis_options GTest::gtest GTest::gmock GTest::gtest_main ${TEST_LIBRARIES})
  # Tests take longer to compile than to run.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:RelWithDebInfo>:-O0>)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE TAMIS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
                                             TAMIS_SUITE_DATA="${CMAKE_SOURCE_DIR}/data"
                                             TAMIS_BUILD_BIN="${CMAKE_BINARY_DIR}/bin")
  foreach(room IN LISTS TEST_ROOMS)
    target_link_libraries(${name} PRIVATE tamis_${room})
  endforeach()
  if(TEST_LABELS)
    set(label_properties LABELS "${TEST_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 120 PROPERTIES ${label_properties} TIMEOUT 600)
endfunction()
