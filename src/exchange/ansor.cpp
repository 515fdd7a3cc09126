#include "exchange/ansor.h"

#include "exchange/recognition.h"

namespace tamis {
namespace {

Result<TrialFile> refuse_ansor(const std::string& /*text*/, const std::string& path,
                               const ReadOptions& /*options*/) {
  return unsupported(path +
                     ": this is a log of Ansor (TVM's auto_scheduler), whose records hold the steps that "
                     "build a program and "
                     "no knobs that tamis could tune; apply it with tvm.auto_scheduler.ApplyHistoryBest, or "
                     "tune the operator "
                     "with AutoTVM or MetaSchedule, whose logs tamis reads");
}

}  // namespace

const Format& ansor_format() {
  static const Format format = {
      "ansor",          "log of Ansor (recognised, not read)",
      ".json",          true,
      looks_like_ansor, refuse_ansor,
      nullptr,          "JSON records a line with `i`, `r` and `v`, the first of `i` a workload key"};
  return format;
}

}  // namespace tamis
