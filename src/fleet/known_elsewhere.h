#pragma once

#include "fleet/connection.h"
#include "tamis/measurer.h"

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tamis::fleet {

/// The programs that a tuner knows, as a worker asks it for them. Thread safe.
class KnownElsewhere final : public KnownPrograms {
 public:
  KnownElsewhere(std::shared_ptr<Connection> connection, const std::string& session);

  /// Nothing where the tuner does not answer in time: the program then runs.
  const Trial* find(const std::string& code_hash) const override;
  bool empty() const override { return false; }

 private:
  std::shared_ptr<Connection> connection_;
  std::string subject_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, Trial> found_;
};

/// What a tuner answers.
std::string answer_of(const Trial* known);

}  // namespace tamis::fleet
