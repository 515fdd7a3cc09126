#include "tamis/table.h"

// The target `table` of a worker that is built alone (TAMIS_STATIC_WORKER), without what reads tables.

namespace tamis::table {
namespace {

Error no_tables() {
  return unsupported(
      "this tamis-worker was built alone and reads no recorded tables; replay them with `tamis` itself, or "
      "use the worker of a whole build (-DTAMIS_STATIC_WORKER=OFF)");
}

}  // namespace

Result<std::shared_ptr<const Target>> make_target(const std::string&, const Settings&) { return no_tables(); }

Result<SharedTask> bind_table(std::shared_ptr<const TrialSet>, const BindOptions&, const TableOptions&) {
  return no_tables();
}

}  // namespace tamis::table
