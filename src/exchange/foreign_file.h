#pragma once

#include "base/result.h"
#include "trial/trial_set.h"

#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// A file of another program's trials.
struct ForeignFile {
  std::string format;                ///< of the table below
  std::vector<TrialSet> sessions;    ///< each of one workload on one device, its trials numbered from 0
  std::vector<std::string> skipped;  ///< a sentence for each line or row that could not be taken
};

/// How a format is told from others and read: the table of the extension point (docs/how-to/adding-a-format).
struct ForeignFormat {
  std::string name;         ///< `autotvm`, `t4`, `csv`
  std::string description;  ///< one line for --help
  bool (*recognises)(std::string_view text);
  /// `name` is the file's, without folder and endings. Errors: as the format's own reader.
  Result<ForeignFile> (*read)(const std::string& text, const std::string& name, const std::string& path);
};

/// Every format there is, in the order in which they are tried; the last one takes what no other recognises.
const std::vector<ForeignFormat>& foreign_formats();

/// Reads a file of whichever format it is; gzip is unpacked. Errors: not_found, io; unsupported for a log of
/// tamis; as the format's reader.
Result<ForeignFile> read_foreign(const std::string& path);

}  // namespace tamis
