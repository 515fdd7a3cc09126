#pragma once

#include "base/result.h"

#include <string>

namespace tamis {

/// The worker program: `worker_path` when not empty, else `tamis-worker` beside the running program, else
/// `../libexec/tamis/tamis-worker` from there, else where this build installs it. Errors: not_found, naming
/// the places where it was looked for.
Result<std::string> find_worker(const std::string& worker_path);

}  // namespace tamis
