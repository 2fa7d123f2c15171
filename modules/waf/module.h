#pragma once

#include "ravelin/module.h"

namespace ravelin::waf {

/// descriptor of the module that judges requests by SecLang rules.
extern const Descriptor descriptor;

}  // namespace ravelin::waf
