#pragma once

#include <string>
#include <string_view>

#include "ravelin/result.h"

namespace ravelin::cli {

/// AdminReply is what the gateway answered.
struct AdminReply {
  int status = 0;
  std::string body;
};

/// Asks a running gateway over its admin socket and waits for the answer, at most ten seconds. An
/// error means that no gateway could be reached; it says at which socket and what to do.
Result<AdminReply> ask(const std::string& socket_path, std::string_view method, std::string_view path,
                       const std::string& body = {});

}  // namespace ravelin::cli
