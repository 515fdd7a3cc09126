#pragma once

#include "tamis/workload.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tamis {

/// A bound of the clip that is not finite.
struct NoBound {
  friend bool operator==(const NoBound&, const NoBound&) = default;
};

/// What a key of a spec or of a JSON object is set to.
using SpecValue = std::variant<int64_t, bool, double, NoBound, std::string>;

/// Which values a key takes, and how they are written.
enum class SpecKind {
  whole,  ///< int64_t: an integer
  flag,   ///< bool: 0 or 1; in JSON also false or true
  bound,  ///< double or NoBound: a number or `none`; in JSON a number or null
  word,   ///< std::string
  pad,    ///< int64_t, or the std::string `same`
};

/// One key: the operators that have it, and the places of a workload that it sets, one for each axis.
struct SpecField {
  std::string_view key;
  unsigned operators;  ///< a bit per operator, as operator_bit
  SpecKind kind = SpecKind::whole;
  int64_t ConvShape::*first = nullptr;
  int64_t ConvShape::*second = nullptr;
  int64_t MatmulShape::*product = nullptr;
  int64_t ConvShape::*third = nullptr;  ///< the same of the depth
};

constexpr unsigned operator_bit(Operator op) { return 1U << static_cast<unsigned>(op); }
/// Every operator but external, which has a source instead of keys.
constexpr unsigned kEveryOperator = operator_bit(Operator::external) - 1;

/// The field of an operator's key. Errors: invalid_input, with the nearest key.
Result<const SpecField*> find_spec_field(Operator op, std::string_view key);

/// A key with its value.
struct SpecEntry {
  const SpecField* field = nullptr;
  SpecValue value;
};

/// The workload that entries, which may come in any order, describe; its name is left empty. Errors:
/// invalid_input naming the key that is missing, given twice or impossible.
Result<Workload> assemble_workload(Operator op, const std::vector<SpecEntry>& entries,
                                   const WorkloadDefaults& defaults);

/// The entries that describe the workload, as to_spec writes them; not for external ones.
std::vector<SpecEntry> spec_entries(const Workload& workload, const WorkloadDefaults& defaults);

}  // namespace tamis
