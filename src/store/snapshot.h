#pragma once

#include <string>

#include "ravelin/log.h"
#include "ravelin/result.h"
#include "store/memory_bans.h"

namespace ravelin::store {

/// Writes the bans in force and their history to `path`, replacing it atomically. Blocks.
Result<void> write_snapshot(const std::string& path, MemoryBans& bans, WallTime now);

/// Reads what write_snapshot() wrote into `bans`. A missing file is a first start. Of a damaged file all
/// lines that can be read count; it is moved to PATH.corrupt and a warning says so. Only a file that
/// exists and cannot be opened or read is an error. Blocks.
Result<void> read_snapshot(const std::string& path, MemoryBans& bans, WallTime now, Log& log);

}  // namespace ravelin::store
