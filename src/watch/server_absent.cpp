#include "watch/server.h"

// A build without cpp-httplib (TAMIS_WITH_HTTPLIB=OFF).

namespace tamis::watch {

struct Server::State {
  std::string address;
};

Result<Server> Server::start(const ServerOptions&, Content) {
  return unsupported(
      "this build of tamis has no HTTP server, so it cannot watch; build it with -DTAMIS_WITH_HTTPLIB=ON "
      "(Debian: libcpp-httplib-dev). `tamis report` writes the same page as a file");
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;
const std::string& Server::address() const { return state_->address; }
uint16_t Server::port() const { return 0; }
size_t Server::open_streams() const { return 0; }
void Server::stop() {}

}  // namespace tamis::watch
