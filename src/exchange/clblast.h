#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Results of the tuners of CLBlast (https://github.com/CNugteren/CLBlast), as release 1.5.3 writes them:
/// JSON of the configs that ran and computed the right result; the others are not in the file. Times, in ms,
/// are those of `results`: `best_time` is rounded further.
const Format& clblast_format();

}  // namespace tamis
