#pragma once

#include "base/file.h"
#include "support/temporary_directory.h"

#include <cstdlib>
#include <optional>
#include <string>

#include <sys/wait.h>

namespace tamis {

/// The schema of the document of a report.
inline const std::string kReportSchema = TAMIS_SUITE_DATA "/../web/schema/report.schema.json";

/// Whether a JSON document fits a schema, as Debian's python3-jsonschema has it; what does not fit it says on
/// standard error. Nothing where that is missing.
inline std::optional<bool> fits_schema(const std::string& schema_path, const std::string& document) {
  const TemporaryDirectory directory;
  const std::string path = directory.file("document.json");
  if (!write_file(path, document).ok()) return false;
  const std::string command =
      "/usr/bin/python3 " TAMIS_TEST_DATA "/../support/validate_json.py " + schema_path + " " + path;
  const int status = std::system(command.c_str());
  if (!WIFEXITED(status)) return false;
  if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127) return std::nullopt;
  return WEXITSTATUS(status) == 0;
}

}  // namespace tamis
