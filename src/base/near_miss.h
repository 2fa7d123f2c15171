#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ravelin {

/// The word that was probably meant by `text`: at most two letters added, lost, changed or swapped
/// away, and nearer than it is short. Empty if there is none.
std::string_view nearest_word(std::string_view text, const std::vector<std::string_view>& words);

/// " (did you mean 'WORD'?)", or nothing.
std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& words);

}  // namespace ravelin
