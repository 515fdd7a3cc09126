# Configures the project in consumer/, which takes tamis in by WAY, builds its program and runs it.
file(REMOVE_RECURSE ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed (${result}): ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK} -G ${GENERATOR} -DTAMIS=${TAMIS} -DWAY=${WAY}
    -DCMAKE_BUILD_TYPE=Release)
# The tests, benchmarks and rules to install are those of the project around tamis, which has none.
run(${CMAKE_COMMAND} --build ${WORK} --target help)
foreach(foreign space_test bench_search_overhead tamis_python)
  if(output MATCHES "(^|\n)${foreign}:")
    message(FATAL_ERROR "a project that takes tamis in gets the target ${foreign}")
  endif()
endforeach()
if(WAY STREQUAL "add_subdirectory")  # the other way compiles the same
  run(${CMAKE_COMMAND} --build ${WORK} --target consumer)
  run(${WORK}/consumer)
  if(NOT output MATCHES "12 configs")
    message(FATAL_ERROR "printed something else: ${output}")
  endif()
endif()
