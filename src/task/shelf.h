#pragma once

#include "base/result.h"

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

namespace tamis {

/// What a target has read for its workloads, by their source, each once. Thread safe.
template <class Value>
class Shelf {
 public:
  using Shared = std::shared_ptr<const Value>;

  void put(const std::string& source, Shared value) {
    const std::unique_lock lock(mutex_);
    values_.emplace(source, std::move(value));
  }

  /// What was put there; nullptr where nothing was.
  Shared find(const std::string& source) const {
    const std::shared_lock lock(mutex_);
    const auto place = values_.find(source);
    return place == values_.end() ? nullptr : place->second;
  }

  /// What is there, or else what `read` gives for the source. Errors: those of `read`.
  template <class Read>
  Result<Shared> fetch(const std::string& source, const Read& read) {
    if (Shared value = find(source)) return value;
    TAMIS_ASSIGN(Value value, read(source));
    put(source, std::make_shared<const Value>(std::move(value)));
    return find(source);  // another thread may have been first
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, Shared> values_;
};

}  // namespace tamis
