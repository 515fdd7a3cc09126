#pragma once

#include "base/bytes.h"
#include "tamis/random.h"

#include <string>

namespace tamis::testing {

/// A program as Task::save wrote it, in its pieces so that tests can change one
/// and have a whole program again.
struct SealedProgram {
  explicit SealedProgram(const std::string& bytes) {
    const std::string magic = "tamis program\n";
    ByteReader reader(std::string_view(bytes).substr(magic.size()), "a program of a test");
    format = reader.number("format").value();
    target = reader.text("target").value();
    workload = reader.text("workload").value();
    config = reader.text("config").value();
    static_cast<void>(reader.number("hash"));
    payload = reader.text("payload").value();
    static_cast<void>(reader.end());
  }
  /// With the hash that the payload has now.
  std::string bytes() const {
    ByteWriter writer;
    writer.number(format);
    writer.text(target);
    writer.text(workload);
    writer.text(config);
    writer.number(stable_hash(payload));
    writer.text(payload);
    return "tamis program\n" + writer.take();
  }

  uint64_t format = 0;
  std::string target, workload, config, payload;
};

}  // namespace tamis::testing
