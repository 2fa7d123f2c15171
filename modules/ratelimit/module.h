#pragma once

#include "ravelin/module.h"

namespace ravelin::ratelimit {

/// descriptor of the module that bounds how often a client may ask.
extern const Descriptor descriptor;

}  // namespace ravelin::ratelimit
