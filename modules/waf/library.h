#pragma once

#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>

#include <cstddef>
#include <mutex>

namespace ravelin::waf {

/// library is the process's one libmodsecurity object. It lives until the process ends, because its
/// destructor (3.0.9) shuts down libxml2 and the GeoIP reader for the whole process, under the feet
/// of evaluations on other threads. Any thread: its collections across requests, the only part of it
/// that requests would share, keep nothing (see library.cpp).
modsecurity::ModSecurity& library();

/// load_lock is held while rules are parsed, merged or freed: the library's parser keeps its state in
/// process-wide variables.
std::mutex& load_lock();

/// Fills `rules` with what `t:urlDecodeUni` turns %uXXXX into: the ASCII character that a lenient
/// backend would take the character for. Independent of any mapping file on this machine.
void set_unicode_map(modsecurity::RulesSet& rules);

}  // namespace ravelin::waf
