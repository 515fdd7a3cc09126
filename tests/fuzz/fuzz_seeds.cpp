// Writes the seeds of every entry into DIRECTORY/ENTRY/, one file each, and prints the entries.

#include "base/file.h"
#include "fuzz/entries.h"

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds DIRECTORY\n");
    return 2;
  }
  for (const tamis::fuzz::Entry& entry : tamis::fuzz::entries()) {
    const std::string directory = std::string(argv[1]) + "/" + entry.name;
    if (!tamis::make_directories(directory).ok()) return 1;
    size_t number = 0;
    for (const std::string& seed : entry.seeds())
      if (!tamis::write_file(directory + "/seed" + std::to_string(number++), seed).ok()) return 1;
    std::printf("%s\n", entry.name);
  }
  return 0;
}
