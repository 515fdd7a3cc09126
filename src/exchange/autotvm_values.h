#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "exchange/autotvm.h"
#include "space/knob.h"

namespace tamis {

/// The value of an entity (format/autotvm.h) from its JSON. Errors: corrupt, for a split that is no list of
/// factors and for numbers beyond 2^53.
Result<KnobValue> autotvm_value(AutotvmKind kind, const Json& json);

/// And back: autotvm_json(kind, autotvm_value(kind, json)) is json again. A split may also be a name: the
/// JSON of its list.
Json autotvm_json(AutotvmKind kind, const KnobValue& value);

}  // namespace tamis
