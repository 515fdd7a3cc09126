#pragma once

#include "network/library/library.h"
#include "tamis/emission.h"
#include "tamis/result.h"

#include <string>
#include <vector>

namespace tamis::network {

/// The files that a library becomes, some in the folder `kernels` (docs/reference/library.md has what they
/// are and promise):
///
///     NAME.h, NAME.c           the network as functions of C
///     NAME_main.c              a program that runs and times it
///     NAME.weights             what NAME_create() is given
///     NAME.json                all of the library but its weights and code, which LoadedLibrary reads
///     CMakeLists.txt, NAMEConfig.cmake
///     kernels/NAME_0.o, ...    the objects, each once
///
/// The same library gives the same files. Thread safe. Errors: as check_library, and invalid_input where the
/// weights have no header.
Result<std::vector<EmittedFile>> library_files(const Library& library);

/// Writes the files into a directory, which is made where it is missing; files of the same names are
/// replaced when all of the new ones are complete, so that an error leaves what was there. Unlike
/// library_files() it copies no weights. Errors: as library_files; io; invalid_input where another library is
/// in the directory, or something else than a file has the name of one.
Status write_library(const Library& library, const std::string& directory);

}  // namespace tamis::network
