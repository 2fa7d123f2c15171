#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modules/waf/plan/request.h"

namespace ravelin::waf {

BodyFormat format_of(std::string_view content_type);

/// Counts the arguments that the library will make of a query or a body, or a little more, without
/// parsing it.
std::size_t count_pairs(std::string_view text);
std::size_t count_cookies(std::string_view cookie);
std::size_t count_json_values(std::string_view text);
/// Of the element of an XML body that has most: a parser compares each with all before it.
std::size_t count_attributes(std::string_view text);
std::size_t count_parts(std::string_view text, std::string_view content_type);
std::size_t count_arguments(BodyFormat format, std::string_view text, std::string_view content_type);

/// Whether a multipart body has a Content-Disposition in which a quote is opened and not closed. libmodsecurity 3.0.9
/// reads on behind such a field, and what it makes of the part depends on what else the memory has there.
bool has_open_quote(std::string_view body);

}  // namespace ravelin::waf
