#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ravelin::waf::plan {

/// shortened gives a regular expression of PCRE2 of about `most` parts (bytes and sets of bytes, those that may be
/// repeated counted more than once) that matches in every text in which `pattern` does, and in others: it asks for the
/// beginnings of what `pattern` matches. One that is small enough, or not understood, is given back as it is. Large
/// ones take a fifth of a second each to compile.
std::string shortened(std::string_view pattern, std::size_t most);

}  // namespace ravelin::waf::plan
