# Builds tamis-worker alone, with everything but libc in it, and looks at what it needs of the system; first with NATS, of which
# Debian has no archive.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(ENV{LC_ALL} C)
set(worker ${WORK}/bin/tamis-worker)

configure(-DCMAKE_BUILD_TYPE=Release -DTAMIS_STATIC_WORKER=ON -DTAMIS_WITH_LLVM=OFF -DTAMIS_WITH_NATS=ON)
run(0 ${CMAKE_COMMAND} --build ${WORK} --target tamis-worker)
run(0 readelf -d ${worker})
expect("[libnats.so")
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*" needed "${output}")
foreach(line IN LISTS needed)
  if(NOT line MATCHES "\\[(libc\\.so\\.6|libm\\.so\\.6|ld-linux-.*|libnats\\.so.*|libcrypto\\.so.*)\\]")
    message(FATAL_ERROR "tamis-worker needs more than libc and the client of NATS: ${line}")
  endif()
endforeach()
run(2 ${worker} --fleet nats://127.0.0.1:9 --device-type board)
expect("127.0.0.1:9")

configure(-DCMAKE_BUILD_TYPE=Release -DTAMIS_STATIC_WORKER=ON -DTAMIS_WITH_LLVM=OFF -DTAMIS_WITH_NATS=OFF)
run(0 ${CMAKE_COMMAND} --build ${WORK} --target tamis-worker)

run(0 readelf -d ${worker})
expect("(RUNPATH)")
expect("[$ORIGIN/lib]")
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*" needed "${output}")
foreach(line IN LISTS needed)
  if(NOT line MATCHES "\\[(libc\\.so\\.6|libm\\.so\\.6|ld-linux-.*)\\]")
    message(FATAL_ERROR "tamis-worker needs more than libc: ${line}")
  endif()
endforeach()

run(0 objdump -T ${worker})
expect("GLIBC_2.")
string(REGEX MATCHALL "GLIBC_[0-9.]+[^\n]*" symbols "${output}")
foreach(symbol IN LISTS symbols)
  string(REGEX MATCH "GLIBC_([0-9.]+)" version "${symbol}")
  if(CMAKE_MATCH_1 VERSION_GREATER 2.35)
    message(FATAL_ERROR "tamis-worker needs a symbol that GLIBC_2.35 lacks: ${symbol}")
  endif()
endforeach()

run(2 ${worker} --fleet nats://127.0.0.1:9 --device-type board)
expect("this build of tamis has no NATS client")

# It tries configs for the tamis of this build, which takes the worker beside it.
file(COPY_FILE ${TUNER} ${WORK}/bin/tamis)
run(0 ${WORK}/bin/tamis tune --target vta resnet18.C11 --trials 8 --log none)
expect("us")
