#pragma once

#include <string>

namespace ravelin::net {

/// The TLS library this program runs with, as it names itself.
std::string tls_library();

}  // namespace ravelin::net
