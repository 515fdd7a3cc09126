#include "targets/gpu/runtime/library_search.h"

#include "support/temporary_directory.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::gpu {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFakeNvrtc = std::string(TAMIS_FAKES) + "/libnvrtc.so.13";

/// A search that knows only these variables, and nothing of this machine.
SearchScope scope_of(std::map<std::string, std::string> variables) {
  return {[variables = std::move(variables)](const char* name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          false};
}

class LibrarySearch : public ::testing::Test {
 protected:
  std::string make_folder(const std::string& name) {
    const fs::path folder = fs::canonical(directory_.path()) / name;
    fs::create_directories(folder);
    return folder.string();
  }
  std::string root() const { return fs::canonical(directory_.path()).string(); }
  void touch(const std::string& name) { std::ofstream(root() + "/" + name) << "text"; }
  /// A fake NVRTC of its own file, so that the loader does not take it for one that is loaded.
  std::string put_nvrtc(const std::string& folder, const std::string& name = "libnvrtc.so.13") {
    const std::string file = make_folder(folder) + "/" + name;
    fs::copy_file(kFakeNvrtc, file);
    return file;
  }

  TemporaryDirectory directory_;
};

TEST_F(LibrarySearch, FindsNvrtcOfCuda13InAnEnvironmentOfPython) {
  const std::string file = put_nvrtc("venv/lib/python3.11/site-packages/nvidia/cu13/lib");
  const auto library = open_nvrtc_library(scope_of({{"VIRTUAL_ENV", root() + "/venv"}}));
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), file);
}

TEST_F(LibrarySearch, FindsNvrtcOfCuda12InAnEnvironmentOfConda) {
  const std::string file =
      put_nvrtc("conda/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib", "libnvrtc.so.12");
  const auto library = open_nvrtc_library(scope_of({{"CONDA_PREFIX", root() + "/conda"}}));
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), file);
}

TEST_F(LibrarySearch, FindsNvrtcBesideThePythonOfPath) {
  const std::string file = put_nvrtc("env/lib/python3.11/site-packages/nvidia/cu13/lib");
  make_folder("env/bin");
  touch("env/bin/python3");
  touch("env/pyvenv.cfg");
  const auto library = open_nvrtc_library(scope_of({{"PATH", "/nowhere:" + root() + "/env/bin"}}));
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), file);
}

TEST_F(LibrarySearch, FindsNvrtcOfAToolkit) {
  const std::string file = put_nvrtc("cuda/lib64");
  const auto library = open_nvrtc_library(scope_of({{"CUDA_HOME", root() + "/cuda"}}));
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), file);
}

TEST_F(LibrarySearch, TakesTheNamedNvrtcAndNoOther) {
  const std::string file = put_nvrtc("own");
  put_nvrtc("venv/lib/python3.11/site-packages/nvidia/cu13/lib");
  const auto library =
      open_nvrtc_library(scope_of({{"VIRTUAL_ENV", root() + "/venv"}, {"TAMIS_NVRTC", root() + "/own"}}));
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), file);
}

TEST_F(LibrarySearch, SaysThatTheNamedNvrtcCannotBeOpened) {
  touch("libnvrtc.so.13");
  const auto library = open_nvrtc_library(scope_of({{"TAMIS_NVRTC", root() + "/libnvrtc.so.13"}}));
  ASSERT_FALSE(library.ok());
  EXPECT_THAT(library.error().message, HasSubstr("TAMIS_NVRTC names no libnvrtc that can be opened"));
}

TEST_F(LibrarySearch, PassesOverAnNvrtcThatIsNewerThanTheDriver) {
  put_nvrtc("venv/lib/python3.11/site-packages/nvidia/cu13/lib");
  const std::string older =
      put_nvrtc("venv/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib", "libnvrtc.so.12");
  const auto library = open_nvrtc_library(scope_of({{"VIRTUAL_ENV", root() + "/venv"}}), 12);
  ASSERT_TRUE(library.ok()) << library.error().message;
  EXPECT_EQ((*library)->origin(), older);
}

TEST_F(LibrarySearch, ListsWhereItLookedAndWhatToInstall) {
  make_folder("venv/lib/python3.11/site-packages");
  make_folder("cuda/lib64");
  const auto library =
      open_nvrtc_library(scope_of({{"VIRTUAL_ENV", root() + "/venv"}, {"CUDA_PATH", root() + "/cuda"}}));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::not_found);
  EXPECT_THAT(library.error().message, HasSubstr("pip install nvidia-cuda-nvrtc"));
  EXPECT_THAT(library.error().message, HasSubstr("python3.11/site-packages (neither nvidia/cu13/lib nor"));
  EXPECT_THAT(library.error().message, HasSubstr("cuda/lib64 (there is no libnvrtc)"));
}

TEST_F(LibrarySearch, NamesThePackageForAnOlderDriver) {
  const auto library = open_nvrtc_library(scope_of({}), 12);
  ASSERT_FALSE(library.ok());
  EXPECT_THAT(library.error().message, HasSubstr("pip install nvidia-cuda-nvrtc-cu12"));
}

TEST_F(LibrarySearch, FindsPackageFoldersInTheOrderOfTheEnvironment) {
  const std::string venv = make_folder("venv/lib/python3.11/site-packages");
  const std::string conda = make_folder("conda/lib/python3.12/site-packages");
  const std::string home = make_folder("home/.local/lib/python3.11/site-packages");
  EXPECT_THAT(python_package_folders(scope_of({{"HOME", root() + "/home"},
                                               {"CONDA_PREFIX", root() + "/conda"},
                                               {"VIRTUAL_ENV", root() + "/venv"}})),
              ElementsAre(venv, conda, home));
}

TEST_F(LibrarySearch, SaysThatThereIsNoDriver) {
  const auto library = open_cuda_library(scope_of({{"TAMIS_CUDA_DRIVER", root() + "/libcuda.so.1"}}));
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().kind, ErrorKind::not_found);
  EXPECT_THAT(library.error().message, HasSubstr("there is no NVIDIA driver"));
  EXPECT_THAT(library.error().message, HasSubstr("libcuda.so.1"));
}

TEST_F(LibrarySearch, SaysWhichFunctionALibraryLacks) {
  const auto library = open_cuda_library(scope_of({{"TAMIS_CUDA_DRIVER", kFakeNvrtc}}));
  ASSERT_TRUE(library.ok());
  int (*init)(unsigned) = nullptr;
  const Status bound = (*library)->bind("cuInit", init);
  ASSERT_FALSE(bound.ok());
  EXPECT_THAT(bound.error().message, HasSubstr("has no function cuInit"));
}

}  // namespace
}  // namespace tamis::gpu
