#pragma once

#include <string>

/// The transformations one by one, for transform.cpp. Each changes its value in place, and does not touch one that has
/// none of the bytes it looks for.
namespace ravelin::waf::plan::family {

void base64_decode(std::string& value);
void base64_decode_ext(std::string& value);
void base64_encode(std::string& value);
void cmd_line(std::string& value);
void compress_whitespace(std::string& value);
void css_decode(std::string& value);
void escape_seq_decode(std::string& value);
void hex_decode(std::string& value);
void hex_encode(std::string& value);
void html_entity_decode(std::string& value);
void js_decode(std::string& value);
void length(std::string& value);
void lowercase(std::string& value);
void md5(std::string& value);
void normalise_path(std::string& value);
void normalise_path_win(std::string& value);
void parity_even_7bit(std::string& value);
void parity_odd_7bit(std::string& value);
void parity_zero_7bit(std::string& value);
void remove_comments(std::string& value);
void remove_comments_char(std::string& value);
void remove_nulls(std::string& value);
void remove_whitespace(std::string& value);
void replace_comments(std::string& value);
void replace_nulls(std::string& value);
void sha1(std::string& value);
void sql_hex_decode(std::string& value);
void trim(std::string& value);
void trim_left(std::string& value);
void trim_right(std::string& value);
void uppercase(std::string& value);
void url_decode(std::string& value);
void url_decode_uni(std::string& value);
void url_encode(std::string& value);
void utf8_to_unicode(std::string& value);

}  // namespace ravelin::waf::plan::family
