#include "fleet/message_doubler.h"

#include <cstdlib>
#include <cstring>

namespace tamis {
namespace {

constexpr const char* kSecond = "Tamis-Test-Second";
constexpr const char* kId = "Nats-Msg-Id";

}  // namespace

Result<std::unique_ptr<MessageDoubler>> MessageDoubler::start(const std::string& url) {
  std::unique_ptr<MessageDoubler> doubler(new MessageDoubler());
  natsOptions* options = nullptr;
  natsStatus status = natsOptions_Create(&options);
  if (status == NATS_OK) status = natsOptions_SetURL(options, url.c_str());
  if (status == NATS_OK) status = natsOptions_SetMaxReconnect(options, -1);
  if (status == NATS_OK) status = natsOptions_SetReconnectWait(options, 100);
  if (status == NATS_OK) status = natsConnection_Connect(&doubler->connection_, options);
  natsOptions_Destroy(options);
  const auto subscribe = [&](natsSubscription** to, const char* subject) {
    if (status == NATS_OK)
      status = natsConnection_Subscribe(to, doubler->connection_, subject, hear, doubler.get());
  };
  subscribe(&doubler->jobs_, "tamis.jobs.>");
  subscribe(&doubler->results_, "tamis.results.>");
  if (status != NATS_OK) return io_error(url + ": " + natsStatus_GetText(status));
  natsConnection_Flush(doubler->connection_);
  return doubler;
}

MessageDoubler::~MessageDoubler() {
  if (connection_ != nullptr) natsConnection_Close(connection_);
  natsSubscription_Destroy(jobs_);
  natsSubscription_Destroy(results_);
  natsConnection_Destroy(connection_);
}

void MessageDoubler::hear(natsConnection* connection, natsSubscription*, natsMsg* message, void* closure) {
  auto& doubler = *static_cast<MessageDoubler*>(closure);
  const char* value = nullptr;
  natsMsg* second = nullptr;
  if (natsMsgHeader_Get(message, kSecond, &value) != NATS_OK &&
      natsMsg_Create(&second, natsMsg_GetSubject(message), nullptr, natsMsg_GetData(message),
                     natsMsg_GetDataLength(message)) == NATS_OK) {
    const char** keys = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(message, &keys, &count) == NATS_OK) {
      for (int i = 0; i < count; ++i)
        if (std::strcmp(keys[i], kId) != 0 && natsMsgHeader_Get(message, keys[i], &value) == NATS_OK)
          natsMsgHeader_Set(second, keys[i], value);
      std::free(keys);  // NOLINT(cppcoreguidelines-no-malloc): the library hands it over
    }
    natsMsgHeader_Set(second, kSecond, "yes");
    natsMsgHeader_Set(second, kId, ("second-" + std::to_string(++doubler.doubled_)).c_str());
    natsConnection_PublishMsg(connection, second);
    natsMsg_Destroy(second);
  }
  natsMsg_Destroy(message);
}

}  // namespace tamis
