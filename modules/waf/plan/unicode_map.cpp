#include "modules/waf/plan/unicode_map.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {
namespace {

// A run of code points that look like consecutive ASCII characters.
struct Run {
  int first;
  int last;
  char as;
};

// Punctuation and letters that are taken for an ASCII one by best-fit conversion; the full-width
// forms are the ones that attacks are written in.
constexpr Run runs[] = {
    {0xff01, 0xff5e, '!'},  {0x0020, 0x007e, ' '},  {0x00a0, 0x00a0, ' '},  {0x2000, 0x2000, ' '},
    {0x2001, 0x2001, ' '},  {0x2002, 0x2002, ' '},  {0x2003, 0x2003, ' '},  {0x2009, 0x2009, ' '},
    {0x200a, 0x200a, ' '},  {0x3000, 0x3000, ' '},  {0x2010, 0x2010, '-'},  {0x2011, 0x2011, '-'},
    {0x2012, 0x2012, '-'},  {0x2013, 0x2013, '-'},  {0x2014, 0x2014, '-'},  {0x2015, 0x2015, '-'},
    {0x2212, 0x2212, '-'},  {0x00ad, 0x00ad, '-'},  {0x2018, 0x2018, '\''}, {0x2019, 0x2019, '\''},
    {0x201a, 0x201a, ','},  {0x201b, 0x201b, '\''}, {0x02b9, 0x02b9, '\''}, {0x02bc, 0x02bc, '\''},
    {0x02c8, 0x02c8, '\''}, {0x2032, 0x2032, '\''}, {0x00b4, 0x00b4, '\''}, {0x2035, 0x2035, '`'},
    {0x02cb, 0x02cb, '`'},  {0x201c, 0x201c, '"'},  {0x201d, 0x201d, '"'},  {0x201e, 0x201e, '"'},
    {0x02ba, 0x02ba, '"'},  {0x2033, 0x2033, '"'},  {0x00ab, 0x00ab, '<'},  {0x2039, 0x2039, '<'},
    {0x2329, 0x2329, '<'},  {0x3008, 0x3008, '<'},  {0x00bb, 0x00bb, '>'},  {0x203a, 0x203a, '>'},
    {0x232a, 0x232a, '>'},  {0x3009, 0x3009, '>'},  {0x2044, 0x2044, '/'},  {0x2215, 0x2215, '/'},
    {0x2216, 0x2216, '\\'}, {0x2223, 0x2223, '|'},  {0x01c0, 0x01c0, '|'},  {0x00a6, 0x00a6, '|'},
    {0x2024, 0x2024, '.'},  {0x3002, 0x3002, '.'},  {0xff61, 0xff61, '.'},  {0x00b7, 0x00b7, '.'},
    {0x2236, 0x2236, ':'},  {0x037e, 0x037e, ';'},  {0x2217, 0x2217, '*'},  {0x02c6, 0x02c6, '^'},
    {0x02dc, 0x02dc, '~'},  {0x223c, 0x223c, '~'},  {0x2080, 0x2089, '0'},  {0x2070, 0x2070, '0'},
    {0x2074, 0x2079, '4'},  {0x00b9, 0x00b9, '1'},  {0x00b2, 0x00b3, '2'},  {0x212a, 0x212a, 'K'},
    {0x00a1, 0x00a1, '!'},  {0x00a4, 0x00a4, '$'},  {0x00b8, 0x00b8, ','},  {0x02c4, 0x02c4, '^'},
    {0x02cd, 0x02cd, '_'},  {0x0300, 0x0300, '`'},  {0x0302, 0x0302, '^'},  {0x0303, 0x0303, '~'},
    {0x030e, 0x030e, '"'},  {0x0331, 0x0331, '_'},  {0x0332, 0x0332, '_'},  {0x2004, 0x2004, ' '},
    {0x2005, 0x2005, ' '},  {0x2006, 0x2006, ' '},  {0x2022, 0x2022, '.'},  {0x2026, 0x2026, '.'},
};

// The base letters of U+00C0 to U+017F, by Unicode decomposition.
constexpr int first_letter = 0x00c0;
constexpr std::string_view letters =
    "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
    "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

std::vector<signed char> make_map() {
  std::vector<signed char> map(0x10000, -1);
  for (const Run& run : runs)
    for (int code = run.first; code <= run.last; ++code)
      map[static_cast<std::size_t>(code)] = static_cast<signed char>(run.as + (code - run.first));
  std::size_t letter = first_letter;
  for (const char base : letters) map[letter++] = static_cast<signed char>(base);
  return map;
}

}  // namespace

int ascii_of(std::uint16_t code) {
  static const std::vector<signed char> map = make_map();
  return map[code];
}

}  // namespace ravelin::waf::plan
