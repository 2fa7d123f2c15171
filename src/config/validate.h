#pragma once

#include "config/load.h"

namespace ravelin::config {

/// Checks what no single value can say: that names refer to something, that sections agree, that
/// texts have the form that their use needs.
void validate(const Config& config, Known modules, Problems& problems);

}  // namespace ravelin::config
