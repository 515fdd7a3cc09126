#pragma once

#include "tamis/json_fwd.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/trial.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What AutoTVM tunes, as a line of its log names it. The three JSON texts are as python_json writes them, so
/// equal tasks have equal texts.
struct AutotvmTask {
  std::string target;              ///< TVM's target string: `llvm -mcpu=skylake`, `ext_dev -keys=vta,cpu ...`
  std::string name;                ///< of the template: `conv2d_packed.vta`
  std::string args = "[]";         ///< JSON list of its arguments, tensors as ["TENSOR", shape, type]
  std::string kwargs = "{}";       ///< JSON object
  std::string code_hash = "null";  ///< JSON: of the template's source, null for templates of TVM's own
  friend bool operator==(const AutotvmTask&, const AutotvmTask&) = default;
};

/// What an entity of a config is: sp, re, an, ot.
enum class AutotvmKind { split, reorder, annotate, other };
/// The two letters of the log. `parse` errors: corrupt.
std::string_view to_string(AutotvmKind kind);
Result<AutotvmKind> parse_autotvm_kind(std::string_view word);

/// One entity of a config: [name, kind, value].
///
/// The value of a split is its factors, the outermost one -1 where the log leaves it open. Every other value
/// that is a number is that number, any other text that text; all else (a permutation, annotations, a truth,
/// null, and a text that could be taken for JSON) is JSON in a name, `[0, 2, 1]` or `true`.
struct AutotvmEntity {
  std::string name;
  AutotvmKind kind = AutotvmKind::other;
  KnobValue value;
  friend bool operator==(const AutotvmEntity&, const AutotvmEntity&) = default;
};

/// One line of a log of AutoTVM 0.2 (TVM 0.7 to 0.9), as `tvm.autotvm.record.encode` writes it.
struct AutotvmRecord {
  AutotvmTask task;
  uint64_t index = 0;  ///< of the config in the template's space, at most 2^53
  std::vector<AutotvmEntity> entities;
  std::vector<double>
      costs_s;              ///< latency samples in s; none where it failed, for which a line has a single 1e9
  int error_no = 0;         ///< verdict_from_autotvm knows the numbers
  double all_cost_s = 0;    ///< time that trying it took, s
  double timestamp_s = 0;   ///< wall clock when it finished, s since 1970-01-01 UTC
  std::string tvm_version;  ///< `0.9.0`; empty where the line has none
  friend bool operator==(const AutotvmRecord&, const AutotvmRecord&) = default;
};

/// Reads a line. Errors: corrupt, saying what is missing or wrong; unsupported for log version 0.1 and for
/// pickled records, which older releases wrote. Thread safe.
Result<AutotvmRecord> parse_autotvm_record(std::string_view line);

/// The line of a record, without a line end, in the form of TVM 0.9. Thread safe.
std::string write_autotvm_record(const AutotvmRecord& record);

/// A verdict as AutoTVM's error_no (0 no error, 1 instantiation, 2 compile host, 3 compile device, 4 runtime
/// device, 5 wrong answer, 6 build timeout, 7 run timeout, 8 unknown), and back. Errors: corrupt for another
/// number.
int autotvm_error_no(Verdict verdict);
Result<Verdict> verdict_from_autotvm(int error_no);

/// The value of an entity from its JSON. Errors: corrupt, for a split that is no list of
/// factors, for integers beyond 2^63 and for numbers that are not finite.
Result<KnobValue> autotvm_value(AutotvmKind kind, const Json& json);

/// And back: autotvm_json(kind, autotvm_value(kind, json)) is json again. A split may also be a name: the
/// JSON of its list.
Json autotvm_json(AutotvmKind kind, const KnobValue& value);

/// Whether a text begins like an AutoTVM log of any version: comment lines (`#`) and empty ones, then a
/// record.
bool looks_like_autotvm(std::string_view text);

/// Calls `take` with the number, from 1, of every line that may be a record (no comment, not empty), the
/// line, and whether it is ended.
void for_each_autotvm_line(std::string_view text,
                           const std::function<void(size_t number, std::string_view line, bool ended)>& take);

}  // namespace tamis
