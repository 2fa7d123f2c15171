#pragma once

#include <cstdint>
#include <string>

#include "config/load.h"

namespace ravelin::config {

enum class Origins : std::uint8_t { show, hide };

/// The configuration in force, defaults included, as a file that loads to the same; each value with
/// a comment that says where it came from. Secrets print as "***".
std::string print_effective(const Config& config, Known modules, Origins origins = Origins::show);

/// The reference page, docs/configuration.md.
std::string write_reference(Known modules);

/// A JSON schema (draft 2020-12) of the file, for editors.
std::string write_schema(Known modules);

}  // namespace ravelin::config
