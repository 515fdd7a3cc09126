#pragma once

#include <string>
#include <vector>

namespace tamis::fuzz {

/// Inputs to begin with, of every entry (entries.h); files come from tests/data.
std::vector<std::string> space_file_seeds();
std::vector<std::string> expression_seeds();
std::vector<std::string> python_seeds();
std::vector<std::string> worker_message_seeds();
std::vector<std::string> server_reply_seeds();
std::vector<std::string> latency_rule_seeds();
std::vector<std::string> autotvm_seeds();
std::vector<std::string> t4_seeds();
std::vector<std::string> csv_seeds();
std::vector<std::string> kernel_tuner_seeds();
std::vector<std::string> ktt_seeds();
std::vector<std::string> pyatf_seeds();
std::vector<std::string> clblast_seeds();
std::vector<std::string> metaschedule_seeds();
std::vector<std::string> helion_seeds();
std::vector<std::string> log_file_seeds();

}  // namespace tamis::fuzz
