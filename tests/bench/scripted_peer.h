#pragma once

#include "cpu_peers/peer.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tamis::peers::testing {

/// A peer that computes whatever the test says.
class ScriptedPeer final : public Peer {
 public:
  struct Script {
    std::string name = "scripted";
    std::string family = kOnednn;
    std::vector<float> output;
    std::chrono::milliseconds takes{0};
    bool supported = true;
  };
  explicit ScriptedPeer(Script script) : script_(std::move(script)) {}
  const std::string& name() const override { return script_.name; }
  const std::string& family() const override { return script_.family; }
  Result<PreparedCall> prepare(const Task&) const override {
    if (!script_.supported) return unsupported(script_.name + " cannot do this");
    PreparedCall call;
    call.implementation = "script";
    call.run = [takes = script_.takes] {
      if (takes.count() > 0) std::this_thread::sleep_for(takes);
    };
    call.output = [output = script_.output] { return output; };
    return call;
  }

 private:
  Script script_;
};

/// A task of four elements whose reference result is 1, 2, 3, 4, to within 0.5.
inline Task small_task() {
  Task task;
  task.workload = parse_spec("dense:n=1,ci=2,co=4", {DataType::float32}).value();
  task.data.output = std::vector<float>{1, 2, 3, 4};
  task.data.tolerance = 0.5;
  return task;
}

}  // namespace tamis::peers::testing
