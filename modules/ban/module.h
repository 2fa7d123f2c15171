#pragma once

#include "ravelin/module.h"

namespace ravelin::ban {

/// descriptor of the module that bans clients by what they did before.
extern const Descriptor descriptor;

}  // namespace ravelin::ban
