#include "experiment/report/unchosen.h"

namespace tamis::report {

Json unchosen_of(const Subject& subject, const Part& rules, const Part& importance) {
  static_cast<void>(subject), static_cast<void>(rules), static_cast<void>(importance);
  return Json::array();
}

}  // namespace tamis::report
