#include "proxy/encode_accept.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ravelin::proxy {
namespace {

const std::vector<Coding> offered{Coding::zstd, Coding::br, Coding::gzip};

// Lines of the field; what is chosen, "identity" if nothing is.
std::string chosen(const std::vector<std::string_view>& lines) {
  Arena arena;
  HeaderList fields(arena);
  for (const std::string_view line : lines) fields.add("accept-encoding", line);
  const auto coding = AcceptEncoding(fields).choose(offered);
  return coding ? std::string(name_of(*coding)) : "identity";
}

struct Row {
  std::string_view field;
  std::string_view chosen;
  friend void PrintTo(const Row& row, std::ostream* out) { *out << row.field; }
};

class AcceptEncodingTable : public ::testing::TestWithParam<Row> {};

TEST_P(AcceptEncodingTable, chooses_what_the_client_likes_best) {
  EXPECT_EQ(chosen({GetParam().field}), GetParam().chosen) << GetParam().field;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, AcceptEncodingTable,
    ::testing::Values(
        // What browsers and tools send.
        Row{"gzip, deflate, br, zstd", "zstd"}, Row{"gzip, deflate, br", "br"}, Row{"gzip, deflate", "gzip"},
        Row{"deflate", "identity"}, Row{"identity", "identity"}, Row{"", "identity"}, Row{"x-gzip", "gzip"},
        Row{"GZIP", "gzip"}, Row{"compress, gzip", "gzip"},
        // Weights. Among equals the order of the configuration decides, not that of the client.
        Row{"gzip;q=1.0, br;q=0.5", "gzip"}, Row{"gzip;q=0.5, br;q=0.501", "br"}, Row{"gzip, br, zstd;q=0.9", "br"},
        Row{"gzip ; q=0.3 , br ;q=0.2", "gzip"}, Row{"gzip;Q=0.3", "gzip"}, Row{"gzip;q=1", "gzip"},
        Row{"gzip;q=0", "identity"}, Row{"gzip;q=0.000", "identity"}, Row{"gzip;q=0.001", "gzip"},
        Row{"zstd;q=0, br;q=0, gzip", "gzip"},
        // The identity.
        Row{"gzip;q=0.5, identity", "identity"}, Row{"gzip;q=0.5, identity;q=0.5", "gzip"},
        Row{"gzip;q=0.5, identity;q=0", "gzip"}, Row{"identity;q=0", "identity"}, Row{"identity;q=0.1", "identity"},
        // The asterisk is all that is not named.
        Row{"*", "zstd"}, Row{"*;q=0", "identity"}, Row{"gzip, *;q=0", "gzip"}, Row{"zstd;q=0, *", "br"},
        Row{"gzip;q=0.2, *;q=0.1", "gzip"}, Row{"identity;q=0, *", "zstd"}, Row{"gzip;q=0.1, *;q=0.2", "zstd"},
        // Malformed items are refused ones; the others hold.
        Row{"gzip;q=", "identity"}, Row{"gzip;q=2", "identity"}, Row{"gzip;q=1.001", "identity"},
        Row{"gzip;q=0.1234", "identity"}, Row{"gzip;q=-1", "identity"}, Row{"gzip;q=a, br", "br"},
        Row{"gzip;level=1", "identity"}, Row{"gzip;", "identity"}, Row{",,gzip,,", "gzip"}, Row{"g zip", "identity"},
        Row{"gzip;q=1;x", "identity"}, Row{"\"gzip\"", "identity"}));

TEST(AcceptEncoding, without_the_field_means_the_body_as_it_is) { EXPECT_EQ(chosen({}), "identity"); }

// RFC 9110 section 5.3.
TEST(AcceptEncoding, on_several_lines_is_one_list) {
  EXPECT_EQ(chosen({"gzip;q=0.5", "br;q=0.7"}), "br");
  EXPECT_EQ(chosen({"zstd", "zstd;q=0, gzip"}), "gzip");
}

}  // namespace
}  // namespace ravelin::proxy
