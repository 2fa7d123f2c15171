#pragma once

#include <string_view>

namespace ravelin {

/// The version of this program; the same as in CMakeLists.txt, which a test compares.
inline constexpr std::string_view program_version = "0.1.0";

}  // namespace ravelin
