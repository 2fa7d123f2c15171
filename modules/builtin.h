#pragma once

#include <span>

#include "ravelin/module.h"

namespace ravelin {

/// builtin_modules lists the modules that are linked into this binary.
std::span<const Descriptor* const> builtin_modules();

}  // namespace ravelin
