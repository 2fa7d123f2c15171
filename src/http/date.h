#pragma once

#include <string>

#include "ravelin/loop.h"

namespace ravelin::http {

/// date_text is `time` as fields carry it, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string date_text(WallTime time);

}  // namespace ravelin::http
