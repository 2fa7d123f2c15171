#pragma once

#include "ravelin/module.h"

namespace ravelin::access {

/// descriptor of the module that lets clients in by their address.
extern const Descriptor descriptor;

}  // namespace ravelin::access
