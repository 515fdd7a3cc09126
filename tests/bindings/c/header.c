/* What only a C compiler can check: the header by itself, and initialising by field names. */
#include "header.h"

#include "tamis.h"

tamis_study_options named_options(const char* log) {
  tamis_study_options options = {.size = sizeof options, .name = "named", .seed = 5, .log = log};
  return options;
}

size_t size_of_outcome(void) { return sizeof(tamis_outcome); }
