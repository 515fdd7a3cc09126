#pragma once

#include "base/file.h"
#include "support/temporary_directory.h"
#include "tamis/emission.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace tamis::gpu {

/// The exit code of a shell command; what it prints goes to the test's output.
inline int shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// How emitted C is compiled.
inline constexpr const char* kStrict = " -O2 -std=c11 -Wall -Wextra -Wpedantic -Werror ";

inline void write_files(const TemporaryDirectory& directory, const std::vector<EmittedFile>& files) {
  for (const EmittedFile& file : files)
    ASSERT_TRUE(write_file(directory.file(file.name), file.content).ok()) << file.name;
}

/// Whether NAME.c and NAME_run.c of a directory compile against our declarations of CUDA's driver.
inline bool compiles_for_cuda(const TemporaryDirectory& directory, const std::string& name) {
  return shell("cd " + directory.path() + " && " + TAMIS_C_COMPILER + kStrict + "-fsyntax-only -I " +
               TAMIS_CUDA_DECLARATIONS + " " + name + ".c " + name + "_run.c") == 0;
}

}  // namespace tamis::gpu
