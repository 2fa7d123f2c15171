#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::testing {

/// Coding is how a connection tells where a request ends.
enum class Coding : std::uint8_t { sized, chunked, http2 };
std::string_view name_of(Coding coding);

/// Cut is how the bytes of a connection come: at once and as plain as can be, in pieces of random size, or one by one.
/// In the latter two the rest of the framing is random, too: case of names and blanks around values, requests before
/// and behind it on the connection, chunks with extensions, frames of any size with padding, crumbs of cookies, and
/// another stream's frames between them.
enum class Cut : std::uint8_t { whole, pieces, bytes };

/// Whether the request can be said so at all: a chunked one has a body and is no HTTP/1.0, and so on.
bool can_be_said(const waf_diff::Sample& sample, Coding coding);

/// The target of the requests that stand around.
inline constexpr std::string_view other_target = "/other";

/// The pieces of a connection's bytes that ask for `sample`, in order.
std::vector<std::string> framed(const waf_diff::Sample& sample, Coding coding, Cut cut, waf_diff::Random& random);

}  // namespace ravelin::testing
