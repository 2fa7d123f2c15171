#pragma once

#include "ravelin/module.h"

namespace ravelin::cors {

/// descriptor of the module that says which sites' scripts may read answers, and answers preflights.
extern const Descriptor descriptor;

}  // namespace ravelin::cors
