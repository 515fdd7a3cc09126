#pragma once

#include <cstdint>
#include <string>

namespace tamis {

/// Writes a file of this many rows as the tool of a format writes it: ten knobs of a few values each, one row
/// in ten failed where the format has failures. `format` is a name that tamis has for a format it reads
/// (t4, autotvm, csv, kernel-tuner, ktt, pyatf, clblast, metaschedule, helion); false for another. Equal
/// calls write equal files.
bool write_import_table(const std::string& path, const std::string& format, uint64_t rows);

}  // namespace tamis
