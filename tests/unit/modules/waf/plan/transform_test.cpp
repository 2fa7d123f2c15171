#include "modules/waf/plan/transform.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

using namespace std::string_literals;

struct Named {
  Transform transform;
  const char* name;
};

constexpr Named all[] = {
    {Transform::base64_decode, "base64Decode"},
    {Transform::base64_decode_ext, "base64DecodeExt"},
    {Transform::base64_encode, "base64Encode"},
    {Transform::cmd_line, "cmdLine"},
    {Transform::compress_whitespace, "compressWhitespace"},
    {Transform::css_decode, "cssDecode"},
    {Transform::escape_seq_decode, "escapeSeqDecode"},
    {Transform::hex_decode, "hexDecode"},
    {Transform::hex_encode, "hexEncode"},
    {Transform::html_entity_decode, "htmlEntityDecode"},
    {Transform::js_decode, "jsDecode"},
    {Transform::length, "length"},
    {Transform::lowercase, "lowercase"},
    {Transform::md5, "md5"},
    {Transform::normalise_path, "normalisePath"},
    {Transform::normalise_path_win, "normalisePathWin"},
    {Transform::parity_even_7bit, "parityEven7bit"},
    {Transform::parity_odd_7bit, "parityOdd7bit"},
    {Transform::parity_zero_7bit, "parityZero7bit"},
    {Transform::remove_comments, "removeComments"},
    {Transform::remove_comments_char, "removeCommentsChar"},
    {Transform::remove_nulls, "removeNulls"},
    {Transform::remove_whitespace, "removeWhitespace"},
    {Transform::replace_comments, "replaceComments"},
    {Transform::replace_nulls, "replaceNulls"},
    {Transform::sha1, "sha1"},
    {Transform::sql_hex_decode, "sqlHexDecode"},
    {Transform::trim, "trim"},
    {Transform::trim_left, "trimLeft"},
    {Transform::trim_right, "trimRight"},
    {Transform::uppercase, "uppercase"},
    {Transform::url_decode, "urlDecode"},
    {Transform::url_decode_uni, "urlDecodeUni"},
    {Transform::url_encode, "urlEncode"},
    {Transform::utf8_to_unicode, "utf8toUnicode"},
};

// Some transformations, and what the library makes of the same values with them.
class Compared {
 public:
  explicit Compared(std::vector<Transform> transforms) : transforms_(std::move(transforms)), oracle_(rules()) {}

  // Also that the value is only touched if the bytes say so.
  void expect_equal(const std::string& value) const {
    ASSERT_TRUE(oracle_.is_loaded()) << oracle_.error();
    const auto expected = oracle_.ask(value);
    ASSERT_EQ(expected.size(), transforms_.size());
    for (std::size_t i = 0; i < transforms_.size(); ++i) {
      std::string made = value;
      apply(transforms_[i], made);
      ASSERT_EQ(shown(made), shown(expected.at(static_cast<std::int64_t>(i) + 1)))
          << "t:" << name(transforms_[i]) << " of \"" << shown(value) << '"';
      ASSERT_TRUE(may_change(transforms_[i], classes_of(value)) || made == value)
          << "t:" << name(transforms_[i]) << " was said to leave \"" << shown(value) << '"';
    }
  }

  void expect_equal_of(Generator generator, int count) const {
    for (int i = 0; i < count && !::testing::Test::HasFatalFailure(); ++i) expect_equal(generator.value());
  }

 private:
  static const char* name(Transform transform) {
    for (const Named& one : all)
      if (one.transform == transform) return one.name;
    return "";
  }

  std::string rules() const {
    std::string text;
    for (std::size_t i = 0; i < transforms_.size(); ++i)
      text += "SecRule ARGS:x \"@unconditionalMatch\" \"id:" + std::to_string(i + 1) +
              ",phase:1,pass,log,t:none,t:" + name(transforms_[i]) + ",msg:'x',logdata:'%{MATCHED_VAR}'\"\n";
    return text;
  }

  std::vector<Transform> transforms_;
  Oracle oracle_;
};

std::vector<Transform> every_transform() {
  std::vector<Transform> transforms;
  for (const Named& one : all) transforms.push_back(one.transform);
  return transforms;
}

TEST(Transform, equals_the_library_on_escapes) {
  Compared({Transform::css_decode, Transform::js_decode, Transform::escape_seq_decode})
      .expect_equal_of(
          Generator({"\\",     "\\x",    "\\u",     "\\U",      "\\0",  "\\1",       "\\77", "\\377", "\\400",  "\\8",
                     "41",     "0041",   "ff41",    "FF1e",     "\\ff", "\\n",       "\\\n", "\\a",   "\\'",    "\\\"",
                     "\\0041", "\\041 ", "\\ff21 ", "\\00ff21", "\\5c", "\\0ff41\t", "g",    "z ",    "\0"s,    "\r\n",
                     "F",      "\\X41",  "\\x4g",   "\\u00e9",  "7",    "\\?",       "\x80", "\xff",  "\\uFFff"},
                    1),
          3000);
}

TEST(Transform, equals_the_library_on_url_encoding) {
  Compared({Transform::url_decode, Transform::url_decode_uni, Transform::url_encode})
      .expect_equal_of(Generator({"%",      "%u",     "%U", "%41",  "%u0041", "%uff1c", "%uFF1e", "%u0100",
                                  "%u2018", "%uabcd", "%4", "%zz",  "%u00",   "+",      "%00",    "%25",
                                  "%2e",    "a",      "B",  "/",    "%c0%af", "%%",     "%u00g1", "%ufF5f",
                                  "%uff00", "%u0000", " ",  "\x80", "u",      "0",      "f"},
                                 2),
                       3000);
}

TEST(Transform, equals_the_library_on_entities) {
  Compared({Transform::html_entity_decode})
      .expect_equal_of(Generator({"&",
                                  "&#",
                                  "&#x",
                                  "&#X41;",
                                  "&#65",
                                  "&#65;",
                                  "&lt",
                                  "&lt;",
                                  "&GT;",
                                  "&quot;",
                                  "&nbsp",
                                  "&amp;",
                                  "&ampx",
                                  "&amp1",
                                  "&;",
                                  "&#;",
                                  "&#x;",
                                  "&#xg",
                                  "&#256;",
                                  "&#x100",
                                  "41",
                                  ";",
                                  "&#99999999999999999999",
                                  "&#xffffffffffffffff",
                                  "&#x7fffffffffffff41",
                                  "&#9223372036854775807",
                                  "&#9223372036854775808",
                                  "a",
                                  "#",
                                  "x",
                                  "\0"s,
                                  "\xa0"},
                                 3),
                       3000);
}

TEST(Transform, equals_the_library_on_paths) {
  Compared({Transform::normalise_path, Transform::normalise_path_win})
      .expect_equal_of(Generator({"/",  "//",  ".",  "..",   "...", "a",    "bc",  "\\", "\\\\",   "/.",  "/..",
                                  "./", "../", "a/", "..\\", ".\\", "\\..", "\\.", "c:", "/a/../", "\0"s, "..."},
                                 4),
                       5000);
}

TEST(Transform, equals_the_library_on_comments) {
  Compared({Transform::remove_comments, Transform::remove_comments_char, Transform::replace_comments})
      .expect_equal_of(Generator({"/*", "*/", "/", "*", "<!--", "-->", "--", "-", "#", "<", "!", ">", "a", "b c",
                                  "/**/", "/*!", "\0"s},
                                 5),
                       3000);
}

TEST(Transform, equals_the_library_on_blanks_and_commands) {
  Compared({Transform::cmd_line, Transform::compress_whitespace, Transform::remove_whitespace, Transform::trim,
            Transform::trim_left, Transform::trim_right, Transform::remove_nulls, Transform::replace_nulls,
            Transform::lowercase, Transform::uppercase})
      .expect_equal_of(
          Generator({" ", "  ", "\t", "\n", "\v", "\f", "\r", "\xa0", "\xc2", "\xc2\xa0", "\0"s, ",",  ";",       "/",
                     "(", "^",  "'",  "\"", "`",  "\\", "a",  "AB",   "Z",    "[",        "@",   "{z", "cat /etc"},
                    6),
          1500);
}

TEST(Transform, equals_the_library_on_utf8) {
  Compared({Transform::utf8_to_unicode})
      .expect_equal_of(Generator({"\xc3\xa9",
                                  "\xe2\x82\xac",
                                  "\xf0\x9f\x98\x80",
                                  "\xc0\xaf",
                                  "\xe0\x80\xaf",
                                  "\xf0\x80\x80\xaf",
                                  "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80",
                                  "\xf7\xbf\xbf\xbf",
                                  "\xf5\x80\x80\x80",
                                  "\xc3",
                                  "\xe2\x82",
                                  "\xf0\x9f\x98",
                                  "\xff",
                                  "\xfe",
                                  "\x80",
                                  "\xbf",
                                  "a",
                                  "\0"s,
                                  "%u00e9",
                                  "\xc1\xbf",
                                  "\xdf\xbf",
                                  "\xef\xbc\x9c"},
                                 7),
                       3000);
}

TEST(Transform, equals_the_library_on_hexadecimal_and_base64) {
  Compared({Transform::sql_hex_decode, Transform::hex_decode, Transform::hex_encode, Transform::base64_decode,
            Transform::base64_decode_ext, Transform::base64_encode})
      .expect_equal_of(
          Generator({"0x",   "0X41", "0x4",  "0x4142", "0",   "00x41",  "0x00", "41",   "4g",   "g",    "A",  "AA",
                     "AAAA", "YWJj", "YQ==", "YWI=",   "=",   "==",     "9",    "+/",   "-_",   "\r\n", "\n", " ",
                     "\0"s,  "\r",   "x",    "zz",     "999", "YWJjOQ", "A9",   "\x80", "0x9Z", "Zm9v"},
                    8),
          2500);
}

TEST(Transform, equals_the_library_on_any_bytes) {
  const Compared compared(every_transform());
  Generator generator({});
  compared.expect_equal("");
  for (int byte = 0; byte < 256 && !HasFatalFailure(); ++byte) compared.expect_equal({static_cast<char>(byte)});
  for (int i = 0; i < 400 && !HasFatalFailure(); ++i) compared.expect_equal(generator.bytes(150));
}

TEST(Transform, equals_the_library_on_long_values) {
  const Compared compared(every_transform());
  for (const char* piece : {"a", "%u0041\\x41&lt;", "/../a/", " \t-- /**/0x41", "\xc3\xa9\xff", "YWJj\r\n"}) {
    std::string value;
    while (value.size() < 20000) value += piece;
    compared.expect_equal(value);
  }
}

TEST(Transform, equals_the_library_at_every_length_of_a_digest_block) {
  const Compared compared({Transform::md5, Transform::sha1, Transform::base64_encode});
  for (std::size_t size = 0; size < 140 && !HasFatalFailure(); ++size) compared.expect_equal(std::string(size, 'Q'));
}

TEST(Transform, leaves_a_plain_word_untouched) {
  int changing = 0;
  for (const Named& one : all)
    if (may_change(one.transform, classes_of("order_id42"))) ++changing;
  // Encodings and decodings of everything, digests, parity, and the upper case.
  EXPECT_EQ(changing, 13);
  for (const Transform one :
       {Transform::lowercase, Transform::url_decode_uni, Transform::html_entity_decode, Transform::js_decode,
        Transform::css_decode, Transform::cmd_line, Transform::normalise_path, Transform::utf8_to_unicode,
        Transform::remove_nulls, Transform::replace_comments, Transform::compress_whitespace})
    EXPECT_FALSE(may_change(one, classes_of("order_id42")));
}

TEST(Transform, says_that_the_empty_value_changes_only_if_it_does) {
  for (const Named& one : all) {
    std::string value;
    apply(one.transform, value);
    EXPECT_EQ(may_change(one.transform, ByteClasses::none), !value.empty()) << one.name;
  }
}

TEST(Transform, names_as_triggers_every_class_that_it_waits_for) {
  for (const Named& one : all)
    for (unsigned bit = 0; bit < 25; ++bit) {
      const auto classes = static_cast<ByteClasses>(1U << bit);
      EXPECT_TRUE(!may_change(one.transform, classes) || has_any(triggers_of(one.transform), classes)) << one.name;
    }
}

// As a forest asks, and as a rule does.
TEST(Transform, may_change_what_the_set_of_all_that_may_has_it_in) {
  Generator generator({});
  const auto expect_same = [](std::uint32_t bits) {
    const Transforms found = changing(static_cast<ByteClasses>(bits));
    for (const Named& one : all)
      ASSERT_EQ((found & bit(one.transform)) != 0, may_change(one.transform, static_cast<ByteClasses>(bits)))
          << one.name << " of classes " << bits;
  };
  for (unsigned one = 0; one < 25; ++one)
    for (unsigned other = 0; other <= one; ++other) expect_same(1U << one | 1U << other);
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i)
    expect_same(static_cast<std::uint32_t>(generator.below(1U << 25) & generator.below(1U << 25)));
}

// Of few classes each, so that most transformations have no trigger in them.
TEST(Transform, leaves_every_text_as_it_is_that_it_is_said_to_leave) {
  std::array<std::string, 25> bytes;
  for (unsigned byte = 0; byte < 256; ++byte)
    for (unsigned bit = 0; bit < bytes.size(); ++bit)
      if (class_of(static_cast<unsigned char>(byte)) == static_cast<ByteClasses>(1U << bit))
        bytes.at(bit) += static_cast<char>(byte);
  Generator generator({});
  int left = 0;
  for (int i = 0; i < 20000 && !HasFatalFailure(); ++i) {
    std::string alphabet;
    for (std::size_t classes = 1 + generator.below(4); classes > 0; --classes)
      alphabet += bytes.at(generator.below(bytes.size()));
    std::string value(generator.below(24), '\0');
    for (char& byte : value) byte = alphabet[generator.below(alphabet.size())];
    const Transforms may = changing(classes_of(value));
    for (const Named& one : all) {
      if ((may & bit(one.transform)) != 0) continue;
      std::string made = value;
      apply(one.transform, made);
      ASSERT_EQ(made, value) << "t:" << one.name << " of \"" << shown(value) << '"';
      ++left;
    }
  }
  EXPECT_GT(left, 200'000);
}

TEST(ByteClasses, of_a_value_are_those_of_its_bytes) {
  Generator generator({});
  for (int i = 0; i < 2000; ++i) {
    const std::string value = generator.bytes(40);
    ByteClasses expected = ByteClasses::none;
    for (const char byte : value) expected = expected | class_of(static_cast<unsigned char>(byte));
    ASSERT_EQ(classes_of(value), expected) << shown(value);
  }
}

TEST(ByteClasses, give_each_byte_exactly_one) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto bits = static_cast<std::uint32_t>(class_of(static_cast<unsigned char>(byte)));
    EXPECT_TRUE(bits != 0 && (bits & (bits - 1)) == 0) << byte;
  }
  EXPECT_EQ(class_of('z'), ByteClasses::lower);
  EXPECT_EQ(class_of(0x7f), ByteClasses::control);
  EXPECT_EQ(class_of(0xff), ByteClasses::high);
  EXPECT_TRUE(has_any(ByteClasses::word, class_of('.')));
}

}  // namespace
}  // namespace ravelin::waf::plan
