#pragma once

#include <cstdint>
#include <string>

#include "ravelin/log.h"
#include "ravelin/result.h"
#include "store/memory_bans.h"

namespace ravelin::store {

/// Writes the bans in force and their history to `path`, replacing it atomically. Blocks.
Result<void> write_snapshot(const std::string& path, MemoryBans& bans, WallTime now);

enum class Condition : std::uint8_t { good, damaged };

/// Reads what write_snapshot() wrote into `bans`, where the later end of a ban counts. A missing file is a first start.
/// Of a damaged file all lines that can be read count, and a warning says so; it is the caller's to keep. Only a file
/// that exists and cannot be opened or read is an error. Blocks.
Result<Condition> read_snapshot(const std::string& path, MemoryBans& bans, WallTime now, Log& log);

/// Moves a damaged file to PATH.corrupt. Blocks.
Result<void> set_aside(const std::string& path);

}  // namespace ravelin::store
