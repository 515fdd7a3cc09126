#pragma once

#include "tamis.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Options that C initialised by field names. */
tamis_study_options named_options(const char* log);
/* sizeof(tamis_outcome) as C sees it. */
size_t size_of_outcome(void);

#ifdef __cplusplus
}
#endif
