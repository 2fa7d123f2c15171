#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"

namespace ravelin::config {

/// The blocks that `text` stands for: a block or an address itself; `loopback`, `private` or
/// `cloudflare`; or NAME, for lists/NAME.txt beside the file that `place` names, with one block per
/// line and comments after '#'. A list of that name is taken before the built-in set.
Result<std::vector<Prefix>> find_set(std::string_view text, const Place& place, const std::deque<SourceFile>& files,
                                     const Environment& environment);

/// Whether a block holds too many to be that of somebody's proxies.
bool is_everybody(const Prefix& block);

/// The built-in networks of CDNs, whose addresses stand for many clients.
std::vector<Prefix> cdn_networks();

}  // namespace ravelin::config
