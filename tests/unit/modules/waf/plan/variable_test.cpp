#include "modules/waf/plan/variable.h"

#include <gtest/gtest.h>

#include "modules/waf/plan/transform.h"
#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {
namespace {

TEST(Variables, are_found_by_their_own_names_in_any_case) {
  for (std::size_t i = 0; i + 1 < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    EXPECT_EQ(variable_named(name_of(variable)), variable);
  }
  EXPECT_EQ(variable_named("args_Names"), Variable::args_names);
  EXPECT_EQ(variable_named("ARGS_NAME"), Variable::other);
  EXPECT_EQ(find_variable("OTHER"), nullptr);
  EXPECT_TRUE(is_collection(Variable::request_headers));
  EXPECT_FALSE(is_collection(Variable::request_uri));
}

TEST(Variables, take_a_key_exactly_if_the_library_says_so) {
  for (std::size_t i = 0; i + 1 < variable_count; ++i) {
    const auto variable = static_cast<Variable>(i);
    const std::string name(name_of(variable));
    EXPECT_TRUE(LibraryRules(one("SecRule " + name + " \"@rx x\" \"id:1\"\n")).is_loaded()) << name;
    EXPECT_EQ(LibraryRules(one("SecRule " + name + ":a \"x\" \"id:1\"\n")).is_loaded(), is_collection(variable))
        << name;
  }
}

TEST(Transformations, have_names_that_the_library_knows) {
  for (int i = 0; i <= static_cast<int>(Transform::utf8_to_unicode); ++i) {
    const auto transform = static_cast<Transform>(i);
    const std::string name(name_of(transform));
    EXPECT_EQ(transform_named(name), transform);
    EXPECT_TRUE(LibraryRules(one("SecAction \"id:1,t:" + name + "\"\n")).is_loaded()) << name;
  }
  EXPECT_EQ(transform_named("URLDECODEUNI"), Transform::url_decode_uni);
  EXPECT_EQ(transform_named("normalizePathWin"), Transform::normalise_path_win);
  EXPECT_EQ(transform_named("none"), std::nullopt);
}

}  // namespace
}  // namespace ravelin::waf::plan
