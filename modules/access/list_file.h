#pragma once

#include <string>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::access {

/// read_list reads the blocks of a list file: one per line, empty lines and what follows a '#'
/// ignored. Fails with FILE:LINE on the first line that is no block, and on a file without any: an
/// allow list that came out empty would let everybody in.
Result<std::vector<Prefix>> read_list(const std::string& path);

}  // namespace ravelin::access
