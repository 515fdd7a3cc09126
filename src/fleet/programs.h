#pragma once

#include "fleet/connection.h"
#include "tamis/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tamis::fleet {

/// Where a program lies that a worker built for others: in parts in the fleet's bucket of programs.
struct ProgramPlace {
  std::string key;     ///< `SESSION.JOB`; its parts are `KEY.0`, `KEY.1`, ...
  uint64_t parts = 0;  ///< 0: there is no program
  std::string digest;  ///< SHA-256 of the whole
};

/// As a header holds it: `KEY/PARTS/DIGEST`, `-` for none.
std::string to_text(const ProgramPlace& place);
/// Errors: corrupt.
Result<ProgramPlace> read_place(const std::string& text);

/// Stores a program in parts of at most `part_bytes`. Errors: io.
Result<ProgramPlace> store_program(Bucket& bucket, const std::string& key, std::string_view program,
                                   size_t part_bytes);
/// Errors: not_found where a part is not there any more; corrupt where it is another program than was stored,
/// or a longer one than may travel; io.
Result<std::string> fetch_program(const Bucket& bucket, const ProgramPlace& place);
/// Errors: io.
Status remove_program(Bucket& bucket, const ProgramPlace& place);

}  // namespace tamis::fleet
