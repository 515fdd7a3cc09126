# The libraries of TAMIS_STATIC_WORKER, under the names that rooms link: archives, so that the program needs no shared one.
# tamis_archive(TARGET NAME HEADER PACKAGE): libNAME.a. Where the system has only libNAME.so, that one, which must then lie in
# lib/ beside the program.
function(tamis_archive target name header package)
  string(MAKE_C_IDENTIFIER ${name} prefix)
  find_path(${prefix}_INCLUDE_DIR ${header})
  find_library(${prefix}_ARCHIVE lib${name}.a)
  if(NOT ${prefix}_ARCHIVE)
    find_library(${prefix}_SHARED ${name})
  endif()
  if(NOT ${prefix}_INCLUDE_DIR OR NOT (${prefix}_ARCHIVE OR ${prefix}_SHARED))
    message(FATAL_ERROR "tamis-worker needs ${name} (Debian: ${package})")
  endif()
  if(NOT ${prefix}_ARCHIVE)
    message(WARNING "There is no lib${name}.a here, so tamis-worker will need ${${prefix}_SHARED} in lib/ beside it")
    set(${prefix}_ARCHIVE ${${prefix}_SHARED})
  endif()
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${prefix}_ARCHIVE}
                                             INTERFACE_INCLUDE_DIRECTORIES ${${prefix}_INCLUDE_DIR})
endfunction()

tamis_archive(ZLIB::ZLIB z zlib.h zlib1g-dev)
tamis_archive(yaml-cpp yaml-cpp yaml-cpp/yaml.h libyaml-cpp-dev)
tamis_archive(PkgConfig::re2 re2 re2/re2.h libre2-dev)

# Debian has no libfmt.a; fmt can be compiled in with its headers.
find_path(FMT_INCLUDE_DIR fmt/format.h)
if(NOT FMT_INCLUDE_DIR)
  message(FATAL_ERROR "tamis-worker needs fmt (Debian: libfmt-dev)")
endif()
add_library(fmt::fmt INTERFACE IMPORTED GLOBAL)
set_target_properties(fmt::fmt PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${FMT_INCLUDE_DIR}
                                          INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY=1)

# OpenMP's runtime lies with the compiler, whose own name for it rooms link.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.a OUTPUT_VARIABLE gomp_archive
                OUTPUT_STRIP_TRAILING_WHITESPACE)
if(EXISTS ${gomp_archive})
  add_library(gomp STATIC IMPORTED GLOBAL)
  set_target_properties(gomp PROPERTIES IMPORTED_LOCATION ${gomp_archive})
else()
  message(WARNING "There is no libgomp.a here, so tamis-worker will need libgomp.so.1 in lib/ beside it")
endif()
