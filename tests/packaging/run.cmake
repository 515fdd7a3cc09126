# What the checks here share. run(EXIT_CODE COMMAND...) wants that exit code and leaves what was printed in `output`.
function(run wanted)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL wanted)
    message(FATAL_ERROR "ended with ${result}, not ${wanted}: ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# expect(TEXT): that the last output has this text.
function(expect text)
  string(FIND "${output}" "${text}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "\"${text}\" is not in:\n${output}")
  endif()
endfunction()

# configure(ARGUMENT...): tamis in WORK. Nothing of an earlier run is kept but objects.
function(configure)
  file(REMOVE ${WORK}/CMakeCache.txt)
  run(0 ${CMAKE_COMMAND} -S ${TAMIS} -B ${WORK} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
        -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} ${ARGN})
endfunction()
