#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ravelin::waf {

inline constexpr std::size_t longest_detail = 256;

/// is_secret_name: whether a field of this name may hold what must not be written down, such as
/// "user[password]" or "X-Api-Key".
bool is_secret_name(std::string_view name);

/// printable cuts `text` to `limit` bytes and shows bytes other than printable ASCII as '.'.
std::string printable(std::string_view text, std::size_t limit);

/// evidence says where a rule matched and what, for people: "ARGS:q \"1' OR '1...\"". A value under a
/// secret name is not shown, nor what follows a secret name inside raw text, nor long digit runs, nor
/// ever the whole of `value`.
std::string evidence(std::string_view variable, std::string_view fragment, std::string_view value);

}  // namespace ravelin::waf
