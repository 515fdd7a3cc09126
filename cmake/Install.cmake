# What `cmake --install` lays down: the public headers as tamis/NAME.h, the library, the programs, and a CMake package, so that
# find_package(tamis) gives tamis::tamis.
if(NOT TARGET tamis)
  return()
endif()
include(CMakePackageConfigHelpers)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tamis DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS tamis EXPORT tamisTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
# The C interface as libtamis-c.so and tamis.h, where -ltamis-c and <tamis.h> find it.
install(TARGETS tamis_c EXPORT tamisTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/src/bindings/c/tamis-c.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(TARGET tamis_python)
  install(TARGETS tamis_python LIBRARY DESTINATION ${TAMIS_PYTHON_DIR}/tamis)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/bindings/python/tamis DESTINATION ${TAMIS_PYTHON_DIR}
          FILES_MATCHING PATTERN "*.py" PATTERN "*.pyi" PATTERN "py.typed")
endif()
install(TARGETS tamis_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})  # src/apps installs the worker

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tamis)
install(EXPORT tamisTargets NAMESPACE tamis:: DESTINATION ${package_folder})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tamisConfig.cmake.in ${PROJECT_BINARY_DIR}/tamisConfig.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tamisConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tamisConfig.cmake ${PROJECT_BINARY_DIR}/tamisConfigVersion.cmake
        DESTINATION ${package_folder})
