#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::http::test {

/// One case of a golden file: a "# name" line, input lines, "=> " lines; "// " is a comment. Line ends of the file
/// count for nothing in the input: those of the protocol are written as escapes (\r \n \t \0 \\ \xHH).
struct GoldenCase {
  std::string name;
  std::string input;
  std::string expected;  // joined by '\n'
};

inline std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r': plain += '\r'; break;
      case 'n': plain += '\n'; break;
      case 't': plain += '\t'; break;
      case '0': plain += '\0'; break;
      case 'x':
        plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default: plain += text[i];
    }
  }
  return plain;
}

/// Text with CR LF shown, one line each.
inline std::string escape(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
      shown += "\\r";
    } else if (c == '\n') {
      shown += "\\n\n";
    } else if (byte < 0x20 || byte > 0x7e) {
      shown.append("\\x") += digits[byte >> 4];
      shown += digits[byte & 15];
    } else {
      shown += c;
    }
  }
  if (!shown.empty() && shown.back() == '\n') shown.pop_back();
  return shown;
}

inline std::vector<GoldenCase> read_golden(const std::string& path) {
  std::vector<GoldenCase> cases;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("# ", 0) == 0) {
      cases.push_back({line.substr(2), "", ""});
    } else if (line.rfind("=> ", 0) == 0) {
      cases.back().expected += (cases.back().expected.empty() ? "" : "\n") + line.substr(3);
    } else if (!line.empty() && line.rfind("// ", 0) != 0) {
      cases.back().input += unescape(line);
    }
  }
  return cases;
}

}  // namespace ravelin::http::test
