# Installs the headers of src/ (`source`) as tamis/ROOM/NAME.h below `destination`. In the tree they include each other by
# their path in src/; installed, by their path below the include folder.
file(GLOB_RECURSE headers RELATIVE ${source} ${source}/*.h)
list(FILTER headers EXCLUDE REGEX "^(cli|bindings)/")
foreach(header IN LISTS headers)
  file(READ ${source}/${header} text)
  string(REGEX REPLACE "(#include \")([a-z_]+/)" "\\1tamis/\\2" text "${text}")
  file(WRITE ${destination}/${header} "${text}")
endforeach()
