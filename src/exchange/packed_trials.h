#pragma once

#include "exchange/stored_trials.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tamis {

/// Trials as bytes one after the other, texts and names of features each kept once: in some 120 bytes each,
/// where a Trial takes ten times as much. Proposers are not kept. Not thread safe while it is filled.
class PackedTrials final : public StoredTrials {
 public:
  void push(const Trial& trial);
  /// Makes the choice `c` of knob `k` positions[k][c] when trials are read. Call it once, at the end.
  void place(std::vector<std::vector<uint32_t>> positions) { positions_ = std::move(positions); }
  /// The earliest wall clock at which one finished; 0 where none says it.
  int64_t first_unix_ms() const { return first_unix_ms_; }

  size_t size() const override { return starts_.size(); }
  void read(size_t position, Trial& trial) const override;

 private:
  char* reserve(size_t bytes);
  uint32_t names_of(const Features& features);

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t used_ = 0;               // of the last chunk
  std::vector<uint64_t> starts_;  // the chunk of each trial and its place in it
  TextColumn messages_, devices_;
  std::map<std::vector<std::string>, uint32_t> numbers_;  // of the lists of features' names
  std::vector<const std::vector<std::string>*> names_;    // by their numbers
  const std::vector<std::string>* last_names_ = nullptr;  // of the trial before
  uint32_t last_number_ = 0;
  std::vector<std::vector<uint32_t>> positions_;
  int64_t first_unix_ms_ = 0;
};

}  // namespace tamis
