#pragma once

#include "tamis/formats.h"

namespace tamis {

/// Results of KTT (https://github.com/HiPerCoRe/KTT), the JSON that `SaveResults` writes: read as release 2.2
/// writes it, in the unit of time that the file names.
const Format& ktt_format();

}  // namespace tamis
