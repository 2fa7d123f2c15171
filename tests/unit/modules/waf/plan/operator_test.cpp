#include "modules/waf/plan/operators.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/waf_bench.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

using namespace std::string_literals;

constexpr std::size_t shown_captures = 13;

std::string lower(std::string text) {
  for (char& byte : text) byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 0x20) : byte;
  return text;
}

// Operators as written, without "@": asked one after the other, with TX:0 and so on set back before each.
class Compared {
 public:
  explicit Compared(const std::vector<std::string>& written, const std::string& file = "rules.conf")
      : written_(written), oracle_(rules_of(written), file) {
    for (const std::string& one : written) {
      auto made = compile(operator_of(one), file);
      if (made) matchers_.push_back(std::move(*made));
    }
  }

  bool is_ready() const { return oracle_.is_loaded() && matchers_.size() == written_.size(); }
  std::string error() const { return oracle_.error(); }

  void expect_equal(const std::string& value) const {
    const auto expected = oracle_.ask(value);
    for (std::size_t i = 0; i < written_.size(); ++i) {
      const auto answer = expected.find(static_cast<std::int64_t>(i) + 1);
      const std::string wanted = answer == expected.end() ? "no match" : answer->second;
      Captures captures{"left over"};
      const bool is_match = matchers_[i]->matches(value, captures);
      ASSERT_EQ(is_match, matchers_[i]->matches(value)) << '@' << written_[i] << " of \"" << shown(value) << '"';
      ASSERT_EQ(shown(is_match ? text_of(captures) : "no match"), shown(wanted))
          << '@' << shown(written_[i]) << " of \"" << shown(value) << '"';
    }
  }

  void expect_equal_of(Generator generator, int count) const {
    ASSERT_TRUE(is_ready()) << error();
    expect_equal("");
    for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) expect_equal(generator.value());
  }

  static Operator operator_of(const std::string& written) {
    const std::size_t blank = std::min(written.find(' '), written.size());
    Operator op;
    op.name = lower(written.substr(0, blank));
    op.argument = written.substr(std::min(blank + 1, written.size()));
    return op;
  }

 private:
  static std::string rules_of(const std::vector<std::string>& written) {
    std::string reset;
    std::string data;
    for (std::size_t i = 0; i < shown_captures; ++i) {
      reset += ",setvar:tx." + std::to_string(i) + "=unset";
      data += "<%{TX." + std::to_string(i) + "}>";
    }
    std::string rules;
    for (std::size_t i = 0; i < written.size(); ++i) {
      rules += "SecAction \"id:" + std::to_string(i + 100001) + ",phase:1,pass,nolog" + reset + "\"\n";
      rules += "SecRule ARGS:x \"@" + written[i] + "\" \"id:" + std::to_string(i + 1) +
               ",phase:1,pass,log,capture,t:none,msg:'x',logdata:'" + data + "'\"\n";
    }
    return rules;
  }

  static std::string text_of(const Captures& captures) {
    std::string text;
    for (std::size_t i = 0; i < shown_captures; ++i) {
      const bool is_set = i < captures.size() && captures[i];
      text += "<" + (is_set ? *captures[i] : "unset"s) + ">";
    }
    return text;
  }

  std::vector<std::string> written_;
  Oracle oracle_;
  std::vector<std::unique_ptr<Matcher>> matchers_;
};

bool is_refused(const std::string& written, const std::string& file = "rules.conf") {
  return !compile(Compared::operator_of(written), file);
}

TEST(Operator, rx_matches_and_captures_as_the_library_does) {
  const Compared compared({"rx a(b)?c(d*)",
                           "rx ^$",
                           "rx (?i)union\\s+select",
                           "rx (a)|(b)|(c)",
                           "rx x*",
                           "rx ^foo$",
                           "rx (.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)",
                           "rx \\xc3",
                           "rx [^\\x00-\\x7f]+",
                           "rx (?:^|;)\\s*(\\w+)",
                           "rx \\bselect\\b",
                           "rx (*NO_JIT)(a)b",
                           "rx (?<!x)(y)",
                           "rx a++b",
                           "rx (?<name>o)\\1",
                           "rx \\x00",
                           "rx (unclosed",
                           "rx a$",
                           "rx \\R",
                           "rx (a)?(b)?(c)?$"});
  compared.expect_equal_of(Generator({"a", "b", "c", "abc", "abcdd", "UNION  ", "select", "foo", "\n", "\r\n", "\0"s,
                                      "x", "y", "xy", "oo", "\xc3\xa9", ";", " ", "\x80"}),
                           500);
}

TEST(Operator, rx_reaches_its_limits_as_the_library_does) {
  const Compared compared({"rx ^(a+)+$", "rx ^(?:(a)|(b))*c?$", "rx ^(?:a|ab)*b(?:(?:x|y)(?:z|))*$"});
  ASSERT_TRUE(compared.is_ready()) << compared.error();
  compared.expect_equal(std::string(60, 'a') + 'b');
  for (const std::size_t size : {100u, 5000u, 20000u, 60000u}) {
    std::string value;
    while (value.size() < size) value += value.size() % 3 == 0 ? "ab" : "ba";
    compared.expect_equal(value);
    compared.expect_equal(value + "z");
    compared.expect_equal(std::string(size, 'a') + "bxzyz");
  }
}

TEST(Operator, pm_finds_the_phrases_that_the_library_finds) {
  const Compared compared({"pm union select SELECTed", "pm abcdz cdf bce", "pm he she his hers", "pm ABc abcd", "pm a",
                           "pm |AB| x|ab|", "pm a|62|c", "pm |a|b|c|d |e", "pm a\\:b;c", "pm bad\\xescape bad",
                           "pm  ab ", "pm \xc3\xa9", "pm \xff \xfe", "pm aab ab b", "pm aabaabaac baabaad aabaax",
                           "pm \\;x \\\\y", "pm a\tb", "pm bcd abcde cd bcdf"});
  compared.expect_equal_of(
      Generator(
          {"a",      "b",        "c",        "abcd", "abc",  "cdf", "bc",   "z",    "UNION", "sel", "ect",
           "SELECT", "ed",       "sh",       "he",   "r",    "s",   "\xab", "ac62", "|c",    "a:b", "bad\\xescape",
           "aabaa",  "\xc3\xa9", "\xc3\x89", "\xff", "\xfe", "\0"s, "aab",  "d",    "e",     "f",   " ",
           "\\",     ";x"}),
      1200);
}

TEST(Operator, pm_finds_the_phrases_of_random_lists_that_the_library_finds) {
  Generator lists({});
  std::vector<std::string> written;
  for (int i = 0; i < 60; ++i) {
    std::string one = "pm";
    for (std::size_t words = lists.below(6) + 1; words > 0; --words) {
      one += ' ';
      for (std::size_t letters = lists.below(6) + 1; letters > 0; --letters) one += "abC"[lists.below(3)];
    }
    written.push_back(one);
  }
  Compared(written).expect_equal_of(Generator({"a", "b", "c", "AB", "bc", "Ca", "d"}), 300);
}

TEST(Operator, pm_reads_files_as_the_library_does) {
  const Directory directory;
  directory.file(
      "words.data",
      "# a comment\n\n   # another\nfoo bar\nwith # sign\n trailing \nCR\r\n \t\nEmoji\xf0\x9f\x98\x80\n|41|\n"
      "a\\:b\nlast");
  directory.file("none.data", "# nothing\n\n");
  const std::string file = directory.file("rules.conf", "");
  const Compared compared({"pmFromFile words.data", "pmf words.data", "pmFromFile none.data",
                           "pmFromFile " + directory.path() + "/words.data"},
                          file);
  compared.expect_equal_of(Generator({"foo",        " ",    "bar", "FOO BAR", "with # sign", "with ",
                                      " trailing ", "CR\r", "CR",  "\t",      " \t",         "\xf0\x9f\x98\x80",
                                      "emoji",      "|41|", "A",   "a\\:b",   "a:b",         "last",
                                      "# a",        "\n"}),
                           500);
  EXPECT_TRUE(is_refused("pmFromFile there_is_none.data", file));
}

TEST(Operator, text_is_compared_as_in_the_library) {
  const Compared compared({"streq abc", "strmatch bc", "contains a b", "contains ABC", "containsWord abc",
                           "containsWord a1", "containsWord -", "beginsWith ab", "endsWith bc", "within GET POST abc 1",
                           "unconditionalMatch", "beginsWith \xc3", "containsWord \xc3\xa9"});
  compared.expect_equal_of(Generator({"a", "b", "c", "abc", "ab", "bc", "A", "ABC", "GET", "POST", " ", "1", "a1", "-",
                                      "\0"s, "\xc3\xa9", "\xff", "[", "{"}),
                           1200);
}

TEST(Operator, numbers_are_read_as_in_the_library) {
  std::vector<std::string> written;
  for (const char* name : {"eq ", "ge ", "gt ", "le ", "lt "})
    for (const char* number : {"0", "5", "-3", "abc", "2147483648", "-2147483649", "9223372036854775807",
                               "99999999999999999999", "-99999999999999999999", "7x", "+4"})
      written.push_back(std::string(name) + number);
  Compared(written).expect_equal_of(Generator({"0",
                                               "5",
                                               "-3",
                                               "-",
                                               "+",
                                               "4",
                                               "+4",
                                               "7",
                                               "7x",
                                               " ",
                                               "\t",
                                               "\v",
                                               "9223372036854775807",
                                               "9223372036854775808",
                                               "2147483647",
                                               "2147483648",
                                               "-2147483648",
                                               "-2147483649",
                                               "99999999999999999999",
                                               "\0"s,
                                               "0x10",
                                               "a"}),
                                    500);
}

// It reads beyond a text that ends amid a character.
TEST(Rx, in_utf_mode_is_refused) {
  EXPECT_TRUE(is_refused("rx (*UTF)[^a]"));
  EXPECT_TRUE(is_refused("rx (*UCP)(*UTF)[^a]"));
  EXPECT_FALSE(is_refused("rx (*UCP)[^a]"));
}

TEST(Operator, validations_are_those_of_the_library) {
  const Compared compared({"validateByteRange 1-255", "validateByteRange 32-126,9,10,13", "validateByteRange 0-255",
                           "validateByteRange 38,44-46,48-58,61,65-90,95,97-122",
                           "validateByteRange a,5-,-7,9-3,300-301,65 ", "validateByteRange 10,", "validateUrlEncoding",
                           "validateUtf8Encoding"});
  compared.expect_equal_of(Generator({"a",
                                      "Z",
                                      "%",
                                      "%4",
                                      "%41",
                                      "%zz",
                                      "%%",
                                      "\0"s,
                                      "\n",
                                      "\xc3\xa9",
                                      "\xe2\x82\xac",
                                      "\xf0\x9f\x98\x80",
                                      "\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xe0\xa0\x80",
                                      "\xf0\x80\x80\xaf",
                                      "\xf0\x90\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xed\x9f\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\x80",
                                      "\xff"}),
                           1500);
  for (int byte = 0; byte < 256; ++byte) compared.expect_equal({static_cast<char>(byte)});
  EXPECT_TRUE(is_refused("validateByteRange 256"));
}

TEST(Operator, networks_hold_the_addresses_that_they_hold_in_the_library) {
  const char* const parts[] = {
      "10.0.0.0",   "10.0.0.1",    "10.0.128.0",      "10.1.2.3",        "10.128.0.0", "138.0.0.1",     "10.0.0.255",
      "2001:db8::", "2001:db8::1", "2001:db8:8000::", "::ffff:10.0.0.1", "fe80::1",    "2001:db8:0:1::"};
  const char* const lengths_4[] = {"", "/32", "/31", "/24", "/17", "/16", "/9", "/8", "/7", "/1", "/25"};
  const char* const lengths_6[] = {"", "/127", "/64", "/33", "/32", "/31", "/16", "/3", "/1", "/112", "/48"};
  Generator lists({});
  std::vector<std::string> written;
  for (int i = 0; i < 220; ++i) {
    std::string one = "ipMatch ";
    for (std::size_t count = lists.below(7) + 1; count > 0; --count) {
      const std::size_t part = lists.below(std::size(parts));
      one += std::string(parts[part]) + (part < 7 ? lengths_4 : lengths_6)[lists.below(11)] + (count > 1 ? "," : "");
    }
    written.push_back(one);
  }
  const Compared compared(written);
  ASSERT_TRUE(compared.is_ready()) << compared.error();
  std::vector<std::string> addresses(std::begin(parts), std::end(parts));
  for (const char* more :
       {"",         "x",          "10.0.0",      "10.0.0.1 ",        "10.0.0.2",    "10.0.1.1",
        "11.0.0.0", "10.0.129.9", "10.129.0.0",  "192.168.0.1",      "128.0.0.0",   "127.255.255.255",
        "::",       "::1",        "2001:db9::1", "2001:db8:8001::7", "2001:db8::2", "2001:db8::1:0",
        "3001::",   "a000::",     "fe80::2",     "::ffff:10.0.0.2",  "0.0.0.0"})
    addresses.emplace_back(more);
  addresses.push_back("10.0.0.1\0 and more"s);
  for (const std::string& address : addresses) compared.expect_equal(address);
}

TEST(Operator, networks_are_refused_that_the_library_refuses) {
  for (const char* bad : {"10.0.0.0/0", "10.0.0.0/33", "10.0.0", "::1/128", "::/0", "10.0.0.0/255.0.0.0",
                          "10.0.0.1, 10.0.0.2", "x", "10.0.0.1/x", "::1/129", "10.0.0.1/-1"}) {
    const std::string written = std::string("ipMatch ") + bad;
    EXPECT_TRUE(is_refused(written)) << bad;
    EXPECT_FALSE(Compared({written}).is_ready()) << bad;
    EXPECT_FALSE(Oracle("SecRule ARGS:x \"@" + written + "\" \"id:1,phase:1,pass\"\n").is_loaded()) << bad;
  }
  EXPECT_FALSE(is_refused("ipMatch 10.0.0.1,,10.0.0.2,"));
}

TEST(Operator, networks_are_read_from_files) {
  const Directory directory;
  directory.file("good", "# comment\n10.0.0.0/8\n\n192.168.1.1,192.168.1.2# two\n2001:db8::/32\n");
  const std::string file = directory.file("rules.conf", "");
  const Compared compared({"ipMatchFromFile good", "ipMatchF good"}, file);
  ASSERT_TRUE(compared.is_ready()) << compared.error();
  for (const char* address :
       {"10.2.3.4", "11.0.0.1", "192.168.1.1", "192.168.1.2", "192.168.1.3", "2001:db8::1", "::1"})
    compared.expect_equal(address);
}

TEST(Operator, injections_are_detected_by_the_librarys_own_code) {
  const Compared compared({"detectSQLi", "detectXSS"});
  compared.expect_equal_of(
      Generator({"1' or '1'='1", "1 union select ", "--", "/*", "' ", "x", "1", "; drop table a", "<script>",
                 "alert(1)", "onerror=", "<img src=x ", "javascript:", "\"", ">", "sleep(5)", "\0"s, " and 1=1"}),
      1500);
}

TEST(Operator, long_values_are_judged_as_in_the_library) {
  const Compared compared({"rx (z)$", "pm zzz", "contains zzz", "endsWith z", "validateUtf8Encoding",
                           "validateByteRange 1-255", "detectSQLi", "eq 1", "within aaa"});
  ASSERT_TRUE(compared.is_ready()) << compared.error();
  for (const std::size_t size : {1000u, 70000u, 300000u}) {
    compared.expect_equal(std::string(size, 'a'));
    compared.expect_equal(std::string(size, 'a') + "zzz");
    compared.expect_equal(std::string(size, '1') + "\0\xc3z"s);
  }
}

TEST(Operator, that_is_not_known_is_an_error) {
  for (const char* name : {"rbl", "geolookup", "inspectfile", "verifycc", "rxglobal", "nonsense", ""}) {
    EXPECT_FALSE(is_known_operator(name));
    EXPECT_TRUE(is_refused(name));
  }
  EXPECT_TRUE(is_known_operator("pmfromfile"));
}

TEST(Operator, phrases_and_patterns_are_there_for_a_prefilter) {
  const auto phrases = phrases_of({"pm", "Union  se|AB|lect x", false}, "");
  ASSERT_TRUE(phrases);
  EXPECT_EQ(phrases->front(), "Union");
  const Operator op{"rx", "a.b", false};
  EXPECT_EQ(pattern_of(op), "a.b");
}

}  // namespace
}  // namespace ravelin::waf::plan
