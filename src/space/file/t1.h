#pragma once

#include "space/file/space_file.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <string>

namespace tamis {

/// Reads a space in T1 format from its JSON: `General.BenchmarkName`, `General.Objective` (which is tamis's,
/// not the schema's), and of `ConfigurationSpace` the
/// `TuningParameters` with `Name`, `Type`, `Values` (Python text or a JSON array) and `Default`, and the
/// `Conditions` with `Expression` and `Parameters`; `Constraints` and `Restrictions` are conditions too,
/// however they are spelt. Any other member of the space or of a parameter is an error; everything else, such
/// as the kernel's specification, is passed over. A `Default` that is none of the values counts for nothing,
/// as published files have them; the space has a default config where every parameter with a choice has one.
/// The space is not yet enumerated. `origin` names the text in errors. Errors: as parse_space. Thread safe.
Result<SpaceFile> read_t1(const Json& json, const std::string& origin);

/// The space as a T1 document that validates against T1's schema, that read_t1 reads back and Kernel Tuner
/// 1.5.0's tune_kernel_T1 too: values as Python text, constraints as Python writes them. A split into two
/// factors becomes the inner one, which a formula means by its name, other splits texts (`'[2, 4, 1]'`). They
/// demand a kernel, so there is one that says nothing: `NAME.cu` without arguments. Errors: unsupported for a
/// constraint that is not a formula over these values, or names a knob that Python cannot name.
Result<Json> t1_document(const SpaceFile& file);

}  // namespace tamis
