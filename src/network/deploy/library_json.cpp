#include "network/deploy/library_json.h"

#include "base/text.h"
#include "network/deploy/c_files.h"
#include "network/deploy/checks.h"
#include "network/graph/graph.h"
#include "tamis/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr const char* kFormat = "tamis library";
constexpr int64_t kVersionOfFormat = 2;
/// Of a library without control flow, which tamis could read before it had any.
constexpr int64_t kVersionOfCalls = 1;
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

constexpr std::array kMemories = std::to_array<std::string_view>({"arena", "weights", "input", "output"});
constexpr std::array kElements = {loop::Element::float32, loop::Element::int8,    loop::Element::uint8,
                                  loop::Element::int32,   loop::Element::int64,   loop::Element::boolean,
                                  loop::Element::float16, loop::Element::bfloat16};

std::string hexadecimal(uint64_t hash) { return fmt::format("{:016x}", hash); }

Json ports_json(const std::vector<LibraryPort>& ports, const std::vector<std::string>& names) {
  Json all = Json::array();
  for (size_t i = 0; i < ports.size(); ++i)
    all.push_back({{"name", ports[i].name},
                   {"c_name", names[i]},
                   {"type", to_string(ports[i].type)},
                   {"shape", ports[i].shape}});
  return all;
}

Json objects_json(const Library& library, const LibraryObjects& objects) {
  Json all = Json::array();
  for (size_t i = 0; i < objects.all.size(); ++i) {
    const cpu::CompiledObject& object = *objects.all[i];
    all.push_back({{"file", object_file_name(library, i)},
                   {"bytes", object.bytes.size()},
                   {"hash", hexadecimal(hash_bytes(std::as_bytes(std::span(object.bytes))))},
                   {"workspace_bytes", object.workspace_bytes},
                   {"code_bytes", object.code_bytes},
                   {"stack_bytes", object.stack_bytes}});
  }
  return all;
}

Json kernel_json(const LibraryKernel& kernel, size_t object) {
  Json arguments = Json::array();
  for (const loop::Buffer& argument : kernel.arguments)
    arguments.push_back({{"name", argument.name},
                         {"type", loop::to_string(argument.element)},
                         {"extents", argument.extents},
                         {"written", argument.written}});
  return {{"function", kernel.function},     {"what", kernel.what}, {"config", kernel.config},
          {"latency_ns", kernel.latency_ns}, {"object", object},    {"arguments", arguments}};
}

Json place_json(const Place& place) {
  Json json = {{"memory", kMemories.at(static_cast<size_t>(place.memory))}, {"offset", place.offset}};
  const bool port = place.memory == Place::Memory::input || place.memory == Place::Memory::output;
  if (port) json["port"] = place.port;
  if (place.round_bytes != 0) json["round_bytes"] = place.round_bytes;
  return json;
}

Json steps_json(const std::vector<LibraryStep>& steps);

Json control_json(const ControlFlow& control) {
  Json json = {{"what", control.what}, {"body", steps_json(control.body)}};
  if (control.loop)
    json["most"] = control.most;
  else
    json["otherwise"] = steps_json(control.otherwise);
  if (control.condition) json["condition"] = place_json(*control.condition);
  if (control.trips) json["trips"] = place_json(*control.trips);
  if (control.counter) json["counter"] = place_json(*control.counter);
  return json;
}

Json step_json(const LibraryStep& step) {
  if (step.control != nullptr)
    return {{"name", step.name}, {step.control->loop ? "loop" : "branch", control_json(*step.control)}};
  Json arguments = Json::array();
  for (const Place& place : step.arguments) arguments.push_back(place_json(place));
  return {{"name", step.name},
          {"kernel", step.kernel},
          {"arguments", std::move(arguments)},
          {"workspace", step.workspace}};
}

Json steps_json(const std::vector<LibraryStep>& steps) {
  Json json = Json::array();
  for (const LibraryStep& step : steps) json.push_back(step_json(step));
  return json;
}

Error broken(const std::string& origin, const std::string& why) {
  return corrupt(fmt::format("{}: {}", origin, why));
}

Result<uint64_t> read_hash(const JsonObject& object) {
  TAMIS_ASSIGN(const std::string text, object.string("hash"));
  uint64_t hash = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  if (code != std::errc{} || end != text.data() + text.size() || text.size() != 16)
    return broken(object.origin(), "its hash has not 16 digits");
  return hash;
}

/// The members of an array, each read by `read`, which is given a member and what to call it in errors.
template <class T, class Read>
Result<std::vector<T>> read_array(const JsonObject& object, const std::string& key, const Read& read) {
  TAMIS_ASSIGN(const Json* array, object.member(key));
  if (!array->is_array()) return broken(object.origin(), "\"" + key + "\" is no array");
  std::vector<T> all;
  for (size_t i = 0; i < array->size(); ++i) {
    TAMIS_ASSIGN(T one, read((*array)[i], fmt::format("{}: {} {}", object.origin(), key, i)));
    all.push_back(std::move(one));
  }
  return all;
}

Result<int64_t> read_size(const Json& json, const std::string& origin) {
  if (!json.is_number_integer() || json < 0) return broken(origin, "this is no size");
  return json.get<int64_t>();
}

Result<LibraryPort> read_port(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  LibraryPort port;
  TAMIS_ASSIGN(port.name, object.string("name"));
  TAMIS_ASSIGN(const std::string type, object.string("type"));
  TAMIS_ASSIGN(port.type, parse_element_type(type));
  TAMIS_ASSIGN(port.shape, read_array<int64_t>(object, "shape", &read_size));
  return port;
}

struct ReadObject {
  StoredObject stored;
  std::shared_ptr<cpu::CompiledObject> compiled;
};

/// The name of a file in kernels/, and no way out of there.
bool names_object(std::string_view file) {
  constexpr std::string_view kFolder = "kernels/";
  constexpr std::string_view kEnding = ".o";
  if (!file.starts_with(kFolder) || !file.ends_with(kEnding)) return false;
  file.remove_prefix(kFolder.size());
  return is_c_identifier(file.substr(0, file.size() - kEnding.size()));
}

Result<ReadObject> read_object(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  ReadObject read;
  read.compiled = std::make_shared<cpu::CompiledObject>();
  TAMIS_ASSIGN(read.stored.file, object.string("file"));
  if (!names_object(read.stored.file)) return broken(origin, "its file is none in kernels/");
  TAMIS_ASSIGN(const int64_t bytes, object.integer("bytes", 0, kMost));
  read.stored.bytes = static_cast<uint64_t>(bytes);
  TAMIS_ASSIGN(read.stored.hash, read_hash(object));
  TAMIS_ASSIGN(read.compiled->workspace_bytes, object.integer("workspace_bytes", 0, kMost));
  TAMIS_ASSIGN(read.compiled->code_bytes, object.integer("code_bytes", 0, kMost));
  TAMIS_ASSIGN(read.compiled->stack_bytes, object.integer("stack_bytes", 0, kMost));
  return read;
}

Result<loop::Buffer> read_buffer(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  loop::Buffer buffer;
  TAMIS_ASSIGN(buffer.name, object.string("name"));
  TAMIS_ASSIGN(const std::string type, object.string("type"));
  const auto same = [&](loop::Element element) { return loop::to_string(element) == type; };
  const auto found = std::find_if(kElements.begin(), kElements.end(), same);
  if (found == kElements.end())
    return broken(origin, "no kernel has elements of the type " + printable(type));
  buffer.element = *found;
  TAMIS_ASSIGN(buffer.extents, read_array<int64_t>(object, "extents", &read_size));
  TAMIS_ASSIGN(buffer.written, object.boolean_or("written", false));
  return buffer;
}

struct ReadKernel {
  LibraryKernel kernel;
  size_t object = 0;
};

Result<ReadKernel> read_kernel(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  ReadKernel read;
  TAMIS_ASSIGN(read.kernel.function, object.string("function"));
  TAMIS_ASSIGN(read.kernel.what, object.string("what"));
  TAMIS_ASSIGN(read.kernel.config, object.string("config"));
  TAMIS_ASSIGN(read.kernel.latency_ns, object.number("latency_ns"));
  TAMIS_ASSIGN(const int64_t index, object.integer("object", 0, kMost));
  read.object = static_cast<size_t>(index);
  TAMIS_ASSIGN(read.kernel.arguments, read_array<loop::Buffer>(object, "arguments", &read_buffer));
  return read;
}

Result<Place> read_place(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  Place place;
  TAMIS_ASSIGN(const std::string memory, object.string("memory"));
  const auto found = std::find(kMemories.begin(), kMemories.end(), memory);
  if (found == kMemories.end()) return broken(origin, "there is no memory called " + printable(memory));
  place.memory = static_cast<Place::Memory>(found - kMemories.begin());
  TAMIS_ASSIGN(const int64_t port, object.integer_or("port", 0, 0, kMost));
  place.port = static_cast<size_t>(port);
  TAMIS_ASSIGN(place.offset, object.integer("offset", 0, kMost));
  TAMIS_ASSIGN(place.round_bytes, object.integer_or("round_bytes", 0, -kMost, kMost));
  return place;
}

Result<LibraryStep> read_step(const Json& json, const std::string& origin, size_t depth);

Result<std::vector<LibraryStep>> read_steps(const JsonObject& object, const std::string& key, size_t depth) {
  if (depth > kDeepestSteps)
    return broken(object.origin(), fmt::format("steps lie deeper than {} in others", kDeepestSteps));
  return read_array<LibraryStep>(object, key, [depth](const Json& json, const std::string& origin) {
    return read_step(json, origin, depth);
  });
}

/// A place that need not be there.
Status read_place(const JsonObject& object, const std::string& key, std::optional<Place>& place) {
  if (!object.has(key)) return {};
  TAMIS_ASSIGN(const Json* json, object.member(key));
  TAMIS_ASSIGN(place, read_place(*json, object.origin() + ": " + key));
  return {};
}

Result<ControlFlow> read_control(const Json& json, const std::string& origin, bool loop, size_t depth) {
  const JsonObject object(json, origin);
  ControlFlow control;
  control.loop = loop;
  TAMIS_ASSIGN(control.what, object.string("what"));
  TAMIS_ASSIGN(control.body, read_steps(object, "body", depth + 1));
  if (loop) {
    TAMIS_ASSIGN(control.most, object.integer("most", 0, kMost));
  } else {
    TAMIS_ASSIGN(control.otherwise, read_steps(object, "otherwise", depth + 1));
  }
  TAMIS_TRY(read_place(object, "condition", control.condition));
  TAMIS_TRY(read_place(object, "trips", control.trips));
  TAMIS_TRY(read_place(object, "counter", control.counter));
  return control;
}

Result<LibraryStep> read_step(const Json& json, const std::string& origin, size_t depth) {
  const JsonObject object(json, origin);
  LibraryStep step;
  TAMIS_ASSIGN(step.name, object.string("name"));
  for (const char* form : {"loop", "branch"}) {
    if (!object.has(form)) continue;
    TAMIS_ASSIGN(const Json* inner, object.member(form));
    TAMIS_ASSIGN(ControlFlow control,
                 read_control(*inner, origin + ": " + form, std::string_view(form) == "loop", depth));
    step.control = std::make_shared<const ControlFlow>(std::move(control));
    return step;
  }
  TAMIS_ASSIGN(const int64_t kernel, object.integer("kernel", 0, kMost));
  step.kernel = static_cast<size_t>(kernel);
  TAMIS_ASSIGN(step.arguments,
               read_array<Place>(object, "arguments",
                                 [](const Json& one, const std::string& at) { return read_place(one, at); }));
  TAMIS_ASSIGN(step.workspace, object.integer("workspace", 0, kMost));
  return step;
}

Status read_weights(const JsonObject& object, StoredLibrary& stored) {
  TAMIS_ASSIGN(const Json* json, object.member("weights"));
  const JsonObject weights(*json, object.origin() + ": weights");
  TAMIS_ASSIGN(const int64_t bytes, weights.integer("bytes", kWeightsHeader, kMost));
  stored.weights_bytes = static_cast<uint64_t>(bytes);
  TAMIS_ASSIGN(stored.weights_hash, read_hash(weights));
  return {};
}

Status read_kernels(const JsonObject& object, StoredLibrary& stored) {
  TAMIS_ASSIGN(const auto objects, read_array<ReadObject>(object, "objects", &read_object));
  TAMIS_ASSIGN(const auto kernels, read_array<ReadKernel>(object, "kernels", &read_kernel));
  for (const ReadObject& one : objects) stored.objects.push_back(one.stored);
  for (const ReadKernel& one : kernels) {
    if (one.object >= objects.size())
      return broken(object.origin(), fmt::format("there is no object {}, in which {} would be", one.object,
                                                 printable(one.kernel.function)));
    stored.object_of_kernel.push_back(one.object);
    stored.library.kernels.push_back(one.kernel);
    stored.library.kernels.back().object = objects[one.object].compiled;
  }
  return {};
}

Status check_format(const JsonObject& object) {
  const Result<std::string> format = object.string("format");
  if (!format.ok() || *format != kFormat)
    return broken(object.origin(), "this does not describe a compiled network");
  TAMIS_ASSIGN(const int64_t version, object.integer("version", 1, kMost));
  if (version > kVersionOfFormat)
    return unsupported(fmt::format("{}: it has version {} of its format, and this tamis reads up to {}",
                                   object.origin(), version, kVersionOfFormat));
  return {};
}

}  // namespace

bool may_describe_library(const std::filesystem::path& path) {
  std::error_code ignored;
  return path.extension() == ".json" &&
         std::filesystem::exists(std::filesystem::path(path).replace_extension(".weights"), ignored);
}

Json to_json(const Library& library, uint64_t weights_hash) {
  const LibraryObjects objects = objects_of(library);
  const PortNames names = port_names(library);
  Json kernels = Json::array();
  for (size_t i = 0; i < library.kernels.size(); ++i)
    kernels.push_back(kernel_json(library.kernels[i], objects.of_kernel[i]));
  const bool flows = std::any_of(library.steps.begin(), library.steps.end(),
                                 [](const LibraryStep& step) { return step.control != nullptr; });
  return {{"format", kFormat},
          {"version", flows ? kVersionOfFormat : kVersionOfCalls},
          {"tamis", kVersion},
          {"name", library.name},
          {"model", library.model},
          {"processor", library.processor},
          {"features", library.features},
          {"threads", library.threads},
          {"inputs", ports_json(library.inputs, names.inputs)},
          {"outputs", ports_json(library.outputs, names.outputs)},
          {"arena_bytes", library.arena_bytes},
          {"unshared_bytes", library.unshared_bytes},
          {"least_bytes", library.least_bytes},
          {"weights",
           {{"file", weights_file_name(library)},
            {"bytes", library.weights.size()},
            {"hash", hexadecimal(weights_hash)}}},
          {"objects", objects_json(library, objects)},
          {"kernels", std::move(kernels)},
          {"steps", steps_json(library.steps)}};
}

Result<StoredLibrary> read_library(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_TRY(check_format(object));
  StoredLibrary stored;
  Library& library = stored.library;
  TAMIS_ASSIGN(library.name, object.string("name"));
  TAMIS_ASSIGN(library.model, object.string("model"));
  TAMIS_ASSIGN(library.processor, object.string("processor"));
  TAMIS_ASSIGN(library.features, object.string("features"));
  TAMIS_ASSIGN(const int64_t threads, object.integer("threads", 1, std::numeric_limits<int>::max()));
  library.threads = static_cast<int>(threads);
  TAMIS_ASSIGN(library.inputs, read_array<LibraryPort>(object, "inputs", &read_port));
  TAMIS_ASSIGN(library.outputs, read_array<LibraryPort>(object, "outputs", &read_port));
  TAMIS_ASSIGN(library.arena_bytes, object.integer("arena_bytes", 0, kMost));
  TAMIS_ASSIGN(library.unshared_bytes, object.integer("unshared_bytes", 0, kMost));
  TAMIS_ASSIGN(library.least_bytes, object.integer("least_bytes", 0, kMost));
  TAMIS_TRY(read_weights(object, stored));
  TAMIS_TRY(read_kernels(object, stored));
  TAMIS_ASSIGN(library.steps, read_steps(object, "steps", 0));
  return stored;
}

}  // namespace tamis::network
