#pragma once

#include "exchange/json_cursor.h"
#include "exchange/row_members.h"
#include "tamis/trial.h"

#include <string>
#include <string_view>

namespace tamis {

/// Calls `take` where each object in a list begins, behind its bracket; what else is in it is passed over.
/// Says whether it is a list of objects only.
template <class Take>
bool each_object(JsonCursor& cursor, Take take) {
  if (!cursor.enter('[')) {
    cursor.raw();
    return false;
  }
  bool objects = true;
  for (bool first = true; cursor.element(first);) {
    if (cursor.enter('{')) {
      take();
    } else {
      cursor.raw();
      objects = false;
    }
  }
  return objects;
}

/// Walks over what the compiler and the profiler tell of the kernels of a result, and makes features of it;
/// of a second kernel in it with its name.
class ComputationReader {
 public:
  /// Takes the list that comes next in a text. Not thread safe.
  void read(JsonCursor& cursor, Trial& trial);

 private:
  struct Kernel {
    std::string_view function, compilation, power, energy, profile;  ///< as they stand, empty where missing
  };

  std::string_view* part_of(std::string_view key);
  void read_kernel(JsonCursor& cursor, bool is_first, Trial& trial);
  void add(const std::string& prefix, Trial& trial);
  void add_counters(const std::string& prefix, Trial& trial);

  Kernel kernel_;
  RowMembers inner_;
};

}  // namespace tamis
