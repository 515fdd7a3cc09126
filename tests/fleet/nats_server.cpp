#include "fleet/nats_server.h"

#include "base/file.h"
#include "base/text.h"
#include "process/descriptor.h"
#include "process/exit_status.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tamis {
namespace {

/// The program in PATH, or where Debian puts it, which the PATH of users lacks.
std::string find_nats_server() {
  const char* path = std::getenv("PATH");
  std::vector<std::string> folders = split_text(path == nullptr ? "" : path, ':');
  folders.emplace_back("/usr/sbin");
  for (const std::string& folder : folders) {
    const std::string program = folder + "/nats-server";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  return {};
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool is_free(int port) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

/// A port below those that the system gives to outgoing connections, one of which could take it while the
/// server is away.
int choose_port() {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int port = 20'000 + static_cast<int>(random() % 12'000);
    if (is_free(port)) return port;
  }
  return 4222;
}

}  // namespace

Result<std::unique_ptr<NatsServer>> NatsServer::start(const std::string& configuration) {
  const std::string program = find_nats_server();
  if (program.empty())
    return not_found("there is no nats-server in PATH or /usr/sbin; Debian's package is nats-server");
  Status started;
  // Another program may take the port before the server does.
  for (int attempt = 0; attempt < 3; ++attempt) {
    std::unique_ptr<NatsServer> server(new NatsServer(program, choose_port()));
    const std::string text = fmt::format("host: 127.0.0.1\nport: {}\njetstream {{ store_dir: \"{}\" }}\n{}\n",
                                         server->port_, server->directory_.file("store"), configuration);
    TAMIS_TRY(write_file(server->directory_.file("server.conf"), text));
    started = server->restart();
    if (started.ok()) return server;
  }
  return started.error();
}

bool NatsServer::answers() const {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port_);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return false;
  pollfd ready{socket.get(), POLLIN, 0};
  if (::poll(&ready, 1, 1000) != 1) return false;
  std::array<char, 4096> bytes{};
  const ssize_t count = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
  const std::string_view text(bytes.data(), count < 0 ? 0 : static_cast<size_t>(count));
  return text.starts_with("INFO ") && text.find("\"jetstream\":true") != std::string_view::npos;
}

Status NatsServer::restart() {
  TAMIS_ASSIGN(program_, BackgroundProgram::start({path_, "-c", directory_.file("server.conf")},
                                                  directory_.file("server.log")));
  for (int attempt = 0; attempt < 500; ++attempt) {
    if (answers()) return {};
    if (program_.wait(std::chrono::milliseconds(20))) break;
  }
  return io_error("nats-server does not answer; it wrote: " + tail_of_output(log()));
}

Status NatsServer::kill_and_restart(std::chrono::milliseconds pause) {
  kill();
  std::this_thread::sleep_for(pause);
  return restart();
}

void NatsServer::lose_everything() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_.file("store"), ignored);
}

uint64_t NatsServer::resident_bytes() const {
  std::ifstream file("/proc/" + std::to_string(program_.pid()) + "/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string NatsServer::log() const {
  const auto text = read_file(directory_.file("server.log"));
  return text.ok() ? *text : std::string();
}

}  // namespace tamis
