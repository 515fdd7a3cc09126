#include "fleet/connection.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <future>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tamis::fleet {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// How long a call to the server may take before it is made again, or fails.
constexpr milliseconds kPatience{5'000};
/// How soon after an outage the server is looked for again, and a message is sent again.
constexpr milliseconds kRetry{200};
/// How often it is looked whether another has made what this side was refused to make.
constexpr int kLooks = 5;
/// How soon a server that answers no more is noticed: it is pinged so often and may miss so many.
constexpr milliseconds kPing{2'000};
constexpr int kMostPings = 2;

int64_t ns(auto duration) { return duration_cast<nanoseconds>(duration).count(); }

/// The address without names and passwords: `nats://user:secret@host` is `nats://host`.
std::string without_secrets(const std::string& url) {
  std::string shown;
  for (const std::string& server : split_text(url, ',')) {
    const size_t scheme = server.find("://");
    const size_t host = scheme == std::string::npos ? 0 : scheme + 3;
    const size_t at = server.rfind('@');
    shown += (shown.empty() ? "" : ",") + server.substr(0, host) +
             (at == std::string::npos || at < host ? server.substr(host) : server.substr(at + 1));
  }
  return shown;
}

/// The C client opens its sockets without close-on-exec, so the processes that try configs would inherit the
/// connection, and keep it open when this process is gone.
void keep_sockets_from_children() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    const auto number = parse_integer(entry->d_name);
    if (!number || *number <= STDERR_FILENO) continue;
    const int fd = static_cast<int>(*number);
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0) ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
  }
  ::closedir(folder);
}

void on_connected(natsConnection*, void*) { keep_sockets_from_children(); }

/// The options of a connection, freed in the end.
using Options = std::unique_ptr<natsOptions, decltype(&natsOptions_Destroy)>;

struct Step {
  const char* what;
  natsStatus status;
};

Status check_files(const FleetAddress& address) {
  for (const std::string& file : {address.credentials_file, address.authorities_file,
                                  address.certificate_file, address.private_key_file})
    if (!file.empty()) TAMIS_TRY(require_regular_file(file));
  if (!address.credentials_file.empty()) {
    // The client says no more of a file that holds something else than that there was an error.
    TAMIS_ASSIGN(const std::string text, read_file(address.credentials_file));
    if (text.find("NATS USER JWT") == std::string::npos || text.find("NKEY SEED") == std::string::npos)
      return invalid_input(
          fmt::format("the file {} holds no NATS credentials, which are a user's JWT and the seed of his "
                      "key; make them with "
                      "`nsc generate creds`",
                      address.credentials_file));
  }
  if (address.certificate_file.empty() != address.private_key_file.empty())
    return invalid_input(
        "a fleet's certificate and its private key belong together; name both files or none");
  return {};
}

/// The client takes one server as an address and several as a list.
natsStatus set_servers(natsOptions* options, const std::string& url) {
  std::vector<std::string> servers = split_text(url, ',');
  std::vector<const char*> pointers;
  for (std::string& server : servers) {
    server.erase(std::remove(server.begin(), server.end(), ' '), server.end());
    if (!server.empty()) pointers.push_back(server.c_str());
  }
  if (pointers.empty()) return NATS_ADDRESS_MISSING;
  return natsOptions_SetServers(options, pointers.data(), static_cast<int>(pointers.size()));
}

Result<Options> make_options(const FleetAddress& address, const std::string& shown, const Caller& caller) {
  TAMIS_TRY(check_files(address));
  natsOptions* raw = nullptr;
  if (natsOptions_Create(&raw) != NATS_OK) return io_error("the NATS client has no memory");
  Options options(raw, natsOptions_Destroy);
  const std::string inbox = std::string("_INBOX_") + caller.role;
  std::vector<Step> steps = {
      {"the address", set_servers(raw, address.url)},
      {"the prefix of answers", natsOptions_SetCustomInboxPrefix(raw, inbox.c_str())},
      {"the name", natsOptions_SetName(raw, caller.name.c_str())},
      // Without it a message waits for up to a millisecond for others to go with.
      {"sending at once", natsOptions_SetSendAsap(raw, true)},
      {"the timeout", natsOptions_SetTimeout(raw, kPatience.count())},
      {"reconnecting", natsOptions_SetMaxReconnect(raw, -1)},
      {"reconnecting", natsOptions_SetReconnectWait(raw, kRetry.count())},
      {"reconnecting", natsOptions_SetReconnectJitter(raw, kRetry.count(), kRetry.count())},
      {"failing early", natsOptions_SetFailRequestsOnDisconnect(raw, true)},
      {"pings", natsOptions_SetPingInterval(raw, kPing.count())},
      {"pings", natsOptions_SetMaxPingsOut(raw, kMostPings)},
  };
  if (caller.spawns)
    steps.push_back({"reconnecting", natsOptions_SetReconnectedCB(raw, on_connected, nullptr)});
  const bool secure = address.url.find("tls://") != std::string::npos || !address.authorities_file.empty() ||
                      !address.certificate_file.empty();
  if (secure) steps.push_back({"TLS", natsOptions_SetSecure(raw, true)});
  if (!address.authorities_file.empty())
    steps.push_back({"the file of certificate authorities",
                     natsOptions_LoadCATrustedCertificates(raw, address.authorities_file.c_str())});
  if (!address.certificate_file.empty())
    steps.push_back({"the certificate and its key",
                     natsOptions_LoadCertificatesChain(raw, address.certificate_file.c_str(),
                                                       address.private_key_file.c_str())});
  if (!address.credentials_file.empty())
    steps.push_back({"the credentials file", natsOptions_SetUserCredentialsFromFiles(
                                                 raw, address.credentials_file.c_str(), nullptr)});
  for (const Step& step : steps)
    if (step.status != NATS_OK)
      return invalid_input(
          fmt::format("the fleet at {}: {} cannot be used: {}; an address is "
                      "nats://HOST:PORT or tls://HOST:PORT",
                      shown, step.what, natsStatus_GetText(step.status)));
  return options;
}

const char* advice(natsStatus status) {
  switch (status) {
    case NATS_NO_SERVER:
    case NATS_TIMEOUT:
    case NATS_IO_ERROR:
      return "; is nats-server running there, and may this machine reach its port?";
    case NATS_CONNECTION_AUTH_FAILED:
      return "; name the credentials (--fleet-creds FILE, or nats://USER:PASSWORD@HOST)";
    case NATS_SECURE_CONNECTION_REQUIRED:
      return "; the server wants TLS: write tls:// in its address";
    case NATS_SECURE_CONNECTION_WANTED:
      return "; the server has no TLS: write nats:// in its address";
    case NATS_SSL_ERROR:
      return "; which authority signed the server's certificate is said by --fleet-ca FILE";
    default:
      return "";
  }
}

/// Whether waiting for the server mends it.
bool passes_by(natsStatus status) {
  return status == NATS_TIMEOUT || status == NATS_CONNECTION_DISCONNECTED || status == NATS_NO_RESPONDERS ||
         status == NATS_STALE_CONNECTION || status == NATS_IO_ERROR || status == NATS_INSUFFICIENT_BUFFER;
}

/// Waits; whether a stop came first.
bool wait_for(milliseconds duration, const std::stop_token& stop) {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
    if (stop.stop_requested()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return stop.stop_requested();
}

using OwnedMessage = std::unique_ptr<natsMsg, decltype(&natsMsg_Destroy)>;

OwnedMessage make_message(const Outgoing& outgoing) {
  natsMsg* raw = nullptr;
  natsStatus status = natsMsg_Create(&raw, outgoing.subject.c_str(), nullptr, outgoing.body.data(),
                                     static_cast<int>(outgoing.body.size()));
  for (const auto& [name, value] : outgoing.headers)
    if (status == NATS_OK) status = natsMsgHeader_Set(raw, name.c_str(), value.c_str());
  OwnedMessage message(raw, natsMsg_Destroy);
  if (status != NATS_OK) message.reset();
  return message;
}

}  // namespace

std::string_view Incoming::body() const {
  return {natsMsg_GetData(message_.get()), static_cast<size_t>(natsMsg_GetDataLength(message_.get()))};
}

std::string Incoming::subject() const { return natsMsg_GetSubject(message_.get()); }

std::string Incoming::header(const char* name) const {
  const char* value = nullptr;
  return natsMsgHeader_Get(message_.get(), name, &value) == NATS_OK && value != nullptr ? value : "";
}

uint64_t Incoming::deliveries() const {
  jsMsgMetaData* data = nullptr;
  if (natsMsg_GetMetaData(&data, message_.get()) != NATS_OK) return 0;
  const uint64_t deliveries = data->NumDelivered;
  jsMsgMetaData_Destroy(data);
  return deliveries;
}

Status Incoming::acknowledge() {
  jsErrCode code{};
  const natsStatus status = natsMsg_AckSync(message_.get(), nullptr, &code);
  if (status == NATS_OK) return {};
  return io_error(fmt::format("a message could not be acknowledged: {}", natsStatus_GetText(status)));
}

void Incoming::hand_back(milliseconds delay) {
  if (delay.count() > 0) {
    natsMsg_NakWithDelay(message_.get(), delay.count(), nullptr);
  } else {
    natsMsg_Nak(message_.get(), nullptr);
  }
}

std::optional<Incoming> Pulling::next(milliseconds patience) {
  natsMsgList list = {nullptr, 0};
  jsErrCode code{};
  const auto began = std::chrono::steady_clock::now();
  const natsStatus status = natsSubscription_Fetch(&list, subscription_.get(), 1, patience.count(), &code);
  if (status != NATS_OK || list.Count == 0) {
    natsMsgList_Destroy(&list);
    // While the server is away it fails at once.
    if (status != NATS_TIMEOUT && std::chrono::steady_clock::now() - began < patience / 2)
      std::this_thread::sleep_for(std::min(patience, kRetry));
    return std::nullopt;
  }
  Incoming message(std::exchange(list.Msgs[0], nullptr));
  natsMsgList_Destroy(&list);
  return message;
}

void Listening::hear(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
  static_cast<Listening*>(closure)->heard_(Incoming(message));
}

void Listening::completed(void* closure) { static_cast<std::promise<void>*>(closure)->set_value(); }

Listening::~Listening() {
  if (subscription_ == nullptr) return;
  natsSubscription_Unsubscribe(subscription_);
  auto* ended = static_cast<std::promise<void>*>(ended_.get());
  ended->get_future().wait();  // or it would be called when it is gone
  natsSubscription_Destroy(subscription_);
}

Result<std::shared_ptr<Connection>> Connection::open(const FleetAddress& address, const Caller& caller) {
  if (address.url.empty()) return invalid_input("a fleet needs its address: nats://HOST:PORT");
  std::shared_ptr<Connection> connection(new Connection);
  connection->url_ = without_secrets(address.url);
  TAMIS_ASSIGN(const Options options, make_options(address, connection->url_, caller));
  natsStatus status = natsConnection_Connect(&connection->connection_, options.get());
  if (status != NATS_OK) return connection->failure("cannot be reached", status);
  if (caller.spawns) keep_sockets_from_children();
  jsOptions stream_options;
  jsOptions_Init(&stream_options);
  stream_options.Wait = kPatience.count();
  status = natsConnection_JetStream(&connection->stream_context_, connection->connection_, &stream_options);
  if (status != NATS_OK) return connection->failure("has no JetStream", status);
  return connection;
}

Connection::~Connection() {
  jsCtx_Destroy(stream_context_);
  natsConnection_Close(connection_);
  natsConnection_Destroy(connection_);
}

bool Connection::connected() const {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

int64_t Connection::largest_message() const { return natsConnection_GetMaxPayload(connection_); }

Error Connection::failure(const std::string& doing, natsStatus status, jsErrCode code) const {
  if (code == JSNotEnabledErr || code == JSNotEnabledForAccountErr || status == NATS_NO_RESPONDERS)
    return io_error(
        fmt::format("the server of the fleet at {} has no JetStream, or no rights are given to use it: write "
                    "`jetstream {{ store_dir: \"FOLDER\" }}` in its configuration and start it again",
                    url_));
  return io_error(fmt::format(
      "the server of the fleet at {} {}: {}{}{}", url_, doing, natsStatus_GetText(status),
      code != 0 ? fmt::format(" (JetStream error {})", static_cast<int>(code)) : "", advice(status)));
}

Result<Stored> Connection::publish(const Outgoing& outgoing, const std::stop_token& stop) {
  const int64_t largest = largest_message();
  if (largest > 0 && static_cast<int64_t>(outgoing.body.size()) > largest)
    return io_error(fmt::format(
        "a message of {} bytes is longer than the server of the fleet at {} takes ({} bytes, max_payload)",
        outgoing.body.size(), url_, largest));
  const OwnedMessage message = make_message(outgoing);
  if (!message) return io_error("the NATS client has no memory for a message");
  jsPubOptions options;
  jsPubOptions_Init(&options);
  if (!outgoing.id.empty()) options.MsgId = outgoing.id.c_str();
  for (;;) {
    jsPubAck* ack = nullptr;
    jsErrCode code{};
    const natsStatus status = js_PublishMsg(&ack, stream_context_, message.get(), &options, &code);
    if (status == NATS_OK) {
      const Stored stored{ack->Sequence, ack->Duplicate};
      jsPubAck_Destroy(ack);
      return stored;
    }
    // Nobody answers for a stream while the server starts; a stream that is full is emptied by its readers.
    const bool full = code == JSStreamStoreFailedErr;
    if (!full && (code != 0 || !passes_by(status)))
      return failure("did not take a message for " + outgoing.subject, status, code);
    if (wait_for(kRetry, stop)) return Error{ErrorKind::interrupted, "a stop came before the server did"};
  }
}

std::optional<Incoming> Connection::ask(const std::string& subject, std::string_view body,
                                        milliseconds patience) {
  natsMsg* reply = nullptr;
  const natsStatus status = natsConnection_Request(&reply, connection_, subject.c_str(), body.data(),
                                                   static_cast<int>(body.size()), patience.count());
  if (status != NATS_OK) return std::nullopt;
  return Incoming(reply);
}

void Connection::answer(const Incoming& question, std::string_view body) {
  const char* reply = natsMsg_GetReply(question.get());
  if (reply != nullptr)
    natsConnection_Publish(connection_, reply, body.data(), static_cast<int>(body.size()));
}

Result<std::unique_ptr<Listening>> Connection::listen(const std::string& subject, Listening::Heard heard) {
  auto listening = std::make_unique<Listening>(std::move(heard));
  auto ended = std::make_shared<std::promise<void>>();
  natsSubscription* subscription = nullptr;
  natsStatus status = natsConnection_Subscribe(&subscription, connection_, subject.c_str(), &Listening::hear,
                                               listening.get());
  if (status != NATS_OK) return failure("lets nobody listen to " + subject, status);
  status = natsSubscription_SetOnCompleteCB(subscription, &Listening::completed, ended.get());
  listening->ended_ = ended;
  listening->subscription_ = subscription;
  if (status != NATS_OK) return failure("lets nobody listen to " + subject, status);
  return listening;
}

Status Connection::ensure(const StreamPlan& plan) {
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  natsStatus status = js_GetStreamInfo(&info, stream_context_, plan.name, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status == NATS_OK) return {};
  if (status != NATS_NOT_FOUND && code != JSStreamNotFoundErr)
    return failure(fmt::format("cannot say whether it has the stream {}", plan.name), status, code);
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  std::array<const char*, 1> subjects = {plan.subjects};
  config.Name = plan.name;
  config.Subjects = subjects.data();
  config.SubjectsLen = 1;
  config.Retention = plan.retention;
  config.Storage = js_FileStorage;
  config.MaxAge = ns(plan.longest_kept);
  // Of bytes the server would set aside as many at once.
  config.MaxMsgs = plan.most_messages;
  config.Discard = js_DiscardNew;  // by default the oldest job would be dropped, silently
  status = js_AddStream(nullptr, stream_context_, &config, nullptr, &code);
  // Another may be making it: it is refused before it is there.
  for (int look = 0; status != NATS_OK && look < kLooks; ++look) {
    std::this_thread::sleep_for(kRetry);
    jsErrCode looked{};
    if (js_GetStreamInfo(&info, stream_context_, plan.name, nullptr, &looked) != NATS_OK) continue;
    jsStreamInfo_Destroy(info);
    return {};
  }
  if (status != NATS_OK) return failure(fmt::format("does not make the stream {}", plan.name), status, code);
  return {};
}

Status Connection::ensure(const ConsumerPlan& plan) {
  jsErrCode code{};
  jsConsumerInfo* info = nullptr;
  natsStatus status =
      js_GetConsumerInfo(&info, stream_context_, plan.stream, plan.name.c_str(), nullptr, &code);
  const uint64_t delivered = info == nullptr ? 0 : info->Delivered.Stream;
  jsConsumerInfo_Destroy(info);
  if (status == NATS_OK) {
    TAMIS_ASSIGN(const uint64_t last, last_of(plan.stream));
    if (delivered <= last) return {};
    // nats-server 2.9.10, killed after a purge, forgets how far a stream had counted, and its consumers do
    // not: they would pass over as many new messages.
    TAMIS_TRY(remove_consumer(plan.stream, plan.name));
    status = NATS_NOT_FOUND;
  }
  if (status != NATS_NOT_FOUND && code != JSConsumerNotFoundErr)
    return failure(fmt::format("cannot say whether it has the consumer {}", plan.name), status, code);
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = plan.name.c_str();
  config.FilterSubject = plan.subjects.c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = ns(plan.lease);
  config.MaxDeliver = plan.most_deliveries;
  config.MaxAckPending = 100'000;  // it counts for all who pull together
  config.InactiveThreshold = ns(plan.unused_lifetime);
  status = js_AddConsumer(nullptr, stream_context_, plan.stream, &config, nullptr, &code);
  if (status != NATS_OK)
    return failure(fmt::format("does not make the consumer {} of {}", plan.name, plan.stream), status, code);
  return {};
}

Result<Bucket> Connection::ensure(const BucketPlan& plan) {
  kvStore* store = nullptr;
  natsStatus status = js_KeyValue(&store, stream_context_, plan.name);
  if (status == NATS_NOT_FOUND) {
    kvConfig config;
    kvConfig_Init(&config);
    config.Bucket = plan.name;
    config.History = 1;
    config.TTL = ns(plan.lifetime);
    config.StorageType = js_FileStorage;
    status = js_CreateKeyValue(&store, stream_context_, &config);
    // Another may be making it.
    for (int look = 0; status != NATS_OK && look < kLooks; ++look) {
      std::this_thread::sleep_for(kRetry);
      status = js_KeyValue(&store, stream_context_, plan.name);
    }
  }
  if (status != NATS_OK) return failure(fmt::format("has no bucket {}", plan.name), status);
  return Bucket(plan.name, store);
}

Result<Pulling> Connection::pull(const ConsumerPlan& plan) {
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = plan.stream;
  options.Consumer = plan.name.c_str();
  jsErrCode code{};
  natsSubscription* subscription = nullptr;
  const natsStatus status = js_PullSubscribe(&subscription, stream_context_, plan.subjects.c_str(),
                                             plan.name.c_str(), nullptr, &options, &code);
  if (status != NATS_OK)
    return failure(fmt::format("lets nobody pull from the consumer {} of {}", plan.name, plan.stream), status,
                   code);
  return Pulling(subscription);
}

Status Connection::remove_consumer(const char* stream, const std::string& name) {
  jsErrCode code{};
  const natsStatus status = js_DeleteConsumer(stream_context_, stream, name.c_str(), nullptr, &code);
  if (status == NATS_OK || status == NATS_NOT_FOUND || code == JSConsumerNotFoundErr) return {};
  return failure("does not remove the consumer " + name, status, code);
}

Status Connection::purge(const char* stream, const std::string& subject) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Stream.Purge.Subject = subject.c_str();
  jsErrCode code{};
  const natsStatus status = js_PurgeStream(stream_context_, stream, &options, &code);
  if (status != NATS_OK) return failure(fmt::format("does not empty {}", subject), status, code);
  return {};
}

Result<bool> Connection::holds(const char* stream, uint64_t sequence) {
  natsMsg* message = nullptr;
  jsErrCode code{};
  const natsStatus status = js_GetMsg(&message, stream_context_, stream, sequence, nullptr, &code);
  natsMsg_Destroy(message);
  if (status == NATS_OK) return true;
  if (status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return false;
  return failure(fmt::format("cannot say whether {} has a message", stream), status, code);
}

Status Connection::remove_message(const char* stream, uint64_t sequence) {
  jsErrCode code{};
  const natsStatus status = js_DeleteMsg(stream_context_, stream, sequence, nullptr, &code);
  if (status == NATS_OK || status == NATS_NOT_FOUND || code == JSNoMessageFoundErr) return {};
  return failure(fmt::format("does not remove a message of {}", stream), status, code);
}

Result<uint64_t> Connection::last_of(const char* stream) {
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  const natsStatus status = js_GetStreamInfo(&info, stream_context_, stream, nullptr, &code);
  if (status != NATS_OK)
    return failure(fmt::format("cannot say how far {} has counted", stream), status, code);
  const uint64_t last = info->State.LastSeq;
  jsStreamInfo_Destroy(info);
  return last;
}

Result<uint64_t> Connection::count(const char* stream, const std::string& subjects) {
  jsOptions options;
  jsOptions_Init(&options);
  options.Stream.Info.SubjectsFilter = subjects.c_str();
  jsErrCode code{};
  jsStreamInfo* info = nullptr;
  const natsStatus status = js_GetStreamInfo(&info, stream_context_, stream, &options, &code);
  if (status != NATS_OK)
    return failure(fmt::format("cannot count the messages of {}", subjects), status, code);
  uint64_t messages = 0;
  if (const jsStreamStateSubjects* found = info->State.Subjects; found != nullptr)
    for (int i = 0; i < found->Count; ++i) messages += found->List[i].Msgs;
  jsStreamInfo_Destroy(info);
  return messages;
}

namespace {

Error bucket_failure(const std::string& bucket, const std::string& key, natsStatus status) {
  return io_error(fmt::format("the fleet's bucket {} cannot be used for \"{}\": {}{}", bucket, key,
                              natsStatus_GetText(status), advice(status)));
}

std::string value_of(kvEntry* entry) {
  return {static_cast<const char*>(kvEntry_Value(entry)), static_cast<size_t>(kvEntry_ValueLen(entry))};
}

}  // namespace

Result<std::optional<std::string>> Bucket::get(const std::string& key) const {
  kvEntry* entry = nullptr;
  const natsStatus status = kvStore_Get(&entry, store_.get(), key.c_str());
  if (status == NATS_NOT_FOUND) return std::optional<std::string>();
  if (status != NATS_OK) return bucket_failure(name_, key, status);
  std::string value = value_of(entry);
  kvEntry_Destroy(entry);
  return std::optional(std::move(value));
}

Status Bucket::put(const std::string& key, const std::string& value) {
  const natsStatus status =
      kvStore_Put(nullptr, store_.get(), key.c_str(), value.data(), static_cast<int>(value.size()));
  return status == NATS_OK ? Status() : Status(bucket_failure(name_, key, status));
}

Result<bool> Bucket::create(const std::string& key, const std::string& value) {
  const natsStatus status =
      kvStore_Create(nullptr, store_.get(), key.c_str(), value.data(), static_cast<int>(value.size()));
  if (status == NATS_OK) return true;
  if (passes_by(status)) return bucket_failure(name_, key, status);
  TAMIS_ASSIGN(const std::optional<std::string> there, get(key));
  if (there) return false;
  return bucket_failure(name_, key, status);
}

Status Bucket::remove(const std::string& key) {
  const natsStatus status = kvStore_Delete(store_.get(), key.c_str());
  return status == NATS_OK || status == NATS_NOT_FOUND ? Status()
                                                       : Status(bucket_failure(name_, key, status));
}

Result<std::vector<Bucket::Entry>> Bucket::all() const {
  kvWatchOptions options;
  kvWatchOptions_Init(&options);
  options.IgnoreDeletes = true;
  kvWatcher* watcher = nullptr;
  natsStatus status = kvStore_WatchAll(&watcher, store_.get(), &options);
  std::vector<Entry> entries;
  while (status == NATS_OK) {
    kvEntry* entry = nullptr;
    status = kvWatcher_Next(&entry, watcher, kPatience.count());
    if (status != NATS_OK || entry == nullptr) break;  // no entry: all that there was has been seen
    entries.push_back({kvEntry_Key(entry), value_of(entry), kvEntry_Created(entry) / 1'000'000});
    kvEntry_Destroy(entry);
  }
  kvWatcher_Destroy(watcher);
  if (status != NATS_OK) return bucket_failure(name_, "*", status);
  return entries;
}

const Bucket::Entry* find_entry(const std::vector<Bucket::Entry>& entries, const std::string& key) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace tamis::fleet
