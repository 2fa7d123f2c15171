#pragma once

#include "ravelin/module.h"

namespace ravelin::headers {

/// descriptor of the module that adds security headers to responses and removes telltale ones.
extern const Descriptor descriptor;

}  // namespace ravelin::headers
