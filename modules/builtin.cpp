#include "modules/builtin.h"

#include <array>

#include "modules/access/module.h"
#include "modules/ban/module.h"
#include "modules/cors/module.h"
#include "modules/headers/module.h"
#include "modules/ratelimit/module.h"
#include "modules/waf/module.h"

namespace ravelin {

std::span<const Descriptor* const> builtin_modules() {
  static constexpr std::array<const Descriptor*, 6> all{
      &headers::descriptor, &cors::descriptor,      &access::descriptor,
      &ban::descriptor,     &ratelimit::descriptor, &waf::descriptor,
  };
  return all;
}

}  // namespace ravelin
