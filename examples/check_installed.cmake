# Installs tamis into a fresh prefix, builds the examples against it as a user would, and runs them.
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# expect(TEXT COMMAND...): the command must print the text.
function(expect text)
  run(${ARGN})
  if(NOT output MATCHES "${text}")
    message(FATAL_ERROR "printed something else: ${ARGN}\n${output}")
  endif()
endfunction()

if(LINK_OPTIONS)
  set(flags -DCMAKE_CXX_FLAGS=-fsanitize=${LINK_OPTIONS} -DCMAKE_C_FLAGS=-fsanitize=${LINK_OPTIONS})
endif()
run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${EXAMPLES} -B ${WORK}/build -DCMAKE_PREFIX_PATH=${WORK}/prefix ${flags})
run(${CMAKE_COMMAND} --build ${WORK}/build)
expect("resnet18.C11: .* us with tile_b" ${WORK}/build/tune_vta ${WORK}/first.tamis 20)
expect("us with rows=" ${WORK}/build/ask_tell ${WORK}/ask_tell.tamis 20)
expect("us with rows=" ${WORK}/build/transpose_c ${WORK}/transpose.tamis 20)
run(${WORK}/prefix/bin/tamis --version)

# A C program without CMake: what pkg-config says must be enough.
if(NOT LINK_OPTIONS)
  file(GLOB_RECURSE package_file ${WORK}/prefix/tamis-c.pc)
  get_filename_component(package_folder ${package_file} DIRECTORY)
  set(flags_of_package "$(PKG_CONFIG_PATH=${package_folder} pkg-config --cflags --libs tamis-c)")
  run(sh -ec "cc -std=c11 ${EXAMPLES}/c/transpose.c ${flags_of_package} -o ${WORK}/transpose")
  get_filename_component(library_folder ${package_folder} DIRECTORY)
  expect("us with rows=" ${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${library_folder} ${WORK}/transpose ${WORK}/c.tamis 20)
endif()

if(PYTHON)
  set(with_package ${CMAKE_COMMAND} -E env PYTHONPATH=${WORK}/prefix/${PYTHON_DIR} ${PYTHON})
  expect("best: .* with block_m=" ${with_package} ${EXAMPLES}/python/tune_matmul.py ${WORK}/matmul.tamis 8)
endif()
