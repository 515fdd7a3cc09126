#include "fuzz/log_file.h"

#include "support/temporary_directory.h"
#include "tamis/log.h"

#include <cstdio>
#include <fstream>
#include <string>

namespace tamis::fuzz {

void run_log_file(std::string_view input) {
  static const TemporaryDirectory directory;
  const std::string path = directory.path() + "/log.tamis";
  for (const char* rest : {"", "-wal", "-shm"}) std::remove((path + rest).c_str());
  std::ofstream(path, std::ios::binary) << input;
  const auto log = Log::open(path, LogMode::read);
  if (!log.ok()) return;
  const auto sessions = log->sessions();
  if (!sessions.ok()) return;
  for (const SessionRecord& session : *sessions) {
    static_cast<void>(space_from_text(session.knobs));
    static_cast<void>(log->trials(session.id));
    static_cast<void>(log->counts(session.id));
    static_cast<void>(log->fastest(session.id, 3));
    static_cast<void>(log->finals(session.id));
    static_cast<void>(log->asks(session.id));
  }
}

}  // namespace tamis::fuzz
