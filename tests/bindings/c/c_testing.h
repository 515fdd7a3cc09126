#pragma once

#include <memory>
#include <string>

#include "tamis.h"
#include <gtest/gtest.h>

namespace tamis::c {

template <auto Function>
struct FreeWith {
  template <class T>
  void operator()(T* handle) const {
    Function(handle);
  }
};
using SpaceHandle = std::unique_ptr<tamis_space, FreeWith<tamis_space_free>>;
using ConfigHandle = std::unique_ptr<tamis_config, FreeWith<tamis_config_free>>;
using StudyHandle = std::unique_ptr<tamis_study, FreeWith<tamis_study_free>>;

/// The place for an error, emptied by taking the message.
class ErrorPlace {
 public:
  ~ErrorPlace() { tamis_error_free(error_); }
  operator tamis_error**() { return &error_; }  // NOLINT(google-explicit-constructor)
  bool empty() const { return error_ == nullptr; }
  tamis_error_kind kind() const { return tamis_error_kind_of(error_); }
  std::string take() {
    std::string message = tamis_error_message(error_);
    tamis_error_free(error_);
    error_ = nullptr;
    return message;
  }

 private:
  tamis_error* error_ = nullptr;
};

inline SpaceHandle small_space() {
  ErrorPlace error;
  SpaceHandle space(
      tamis_space_parse("tamis: 1\n"
                        "knobs:\n"
                        "  tile: [1, 2, 4, 8]\n"
                        "  scale: [0.5, 2.0]\n"
                        "  layout: [rows, columns]\n"
                        "  loop: {split: 8, parts: 2}\n"
                        "constraints:\n"
                        "  - tile <= 4 or layout == 'rows'\n",
                        error));
  EXPECT_TRUE(error.empty()) << error.take();
  return space;
}

inline ConfigHandle parse(const SpaceHandle& space, std::initializer_list<const char*> assignments) {
  ErrorPlace error;
  ConfigHandle config(tamis_config_parse(space.get(), assignments.begin(), assignments.size(), error));
  EXPECT_TRUE(error.empty()) << error.take();
  return config;
}

}  // namespace tamis::c
