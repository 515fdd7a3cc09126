#pragma once

#include "tamis/json_fwd.h"
#include "tamis/random.h"
#include "tamis/result.h"
#include "targets/gpu/kernel/description.h"
#include "targets/gpu/kernel/element.h"
#include "targets/gpu/kernel/formula.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tamis::gpu {

/// The same number for every element.
struct FilledData {
  KnobValue value;
};

/// Random numbers, each lane of a vector its own.
struct RandomData {
  bool normal = false;
  double low = 0;   ///< uniform: the least; normal: the mean
  double high = 1;  ///< uniform: above the greatest; normal: the standard deviation from the mean
};

/// NumPy's `.npy`, numbers as text (`.txt`, `.csv`), or the bytes of the elements, little-endian.
struct FileData {
  std::string path;
};

/// Where the elements of an argument come from.
using ArgumentData = std::variant<FilledData, RandomData, IndexFormula, FileData>;

/// An argument as a kernel file describes it.
struct ArgumentSpec {
  ArgumentValue value;            ///< all but the bytes and `expected`
  std::optional<uint64_t> count;  ///< vectors or elements; nothing where a file of data says it
  ArgumentData data;
  std::optional<ArgumentData> expected;
  std::string symbol;  ///< the `__constant__` array that takes it in CUDA; empty for none
  std::string place;   ///< for errors
};

/// Reads one of `arguments`. Files are named relative to `folder` and not read. Errors: invalid_input naming
/// the member.
Result<ArgumentSpec> read_argument(const Json& json, const FormulaNames& names, Language language,
                                   const std::string& folder, const std::string& place);

/// Says before anything is built what is wrong with an argument's data: values that its type does not have,
/// files that cannot be read or hold another type or number of elements. Of a formula over more than
/// kCheckedElements elements the first and the last are computed, half of the number each. Nothing is kept. A
/// sentence for people where the data are right and still say next to nothing. Errors: as make_argument.
Result<std::optional<std::string>> check_argument(const ArgumentSpec& spec, const FormulaNames& names);
inline constexpr uint64_t kCheckedElements = uint64_t{1} << 20;

/// The argument with its data; `position` is its number among all. Errors: not_found, io, corrupt and
/// invalid_input for files of data, invalid_input for formulas.
Result<ArgumentValue> make_argument(const ArgumentSpec& spec, const FormulaNames& names, uint64_t seed);

}  // namespace tamis::gpu
