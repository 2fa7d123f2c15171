#include "http/http2/session_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "unit/http/http2_client.h"

namespace ravelin::http {
namespace {

using http2::SessionMemory;

constexpr std::size_t frame_buffer = 16394;

struct SessionMemoryTest : testing::Test {
  ~SessionMemoryTest() override { hooks.free(piece, hooks.mem_user_data); }

  char* fill(void* allocated, std::size_t size) {
    piece = static_cast<char*>(allocated);
    std::memset(piece, 'x', size);
    return piece;
  }
  bool holds(char byte, std::size_t size) const {
    return std::all_of(piece, piece + size, [byte](char one) { return one == byte; });
  }

  SessionMemory memory;
  nghttp2_mem hooks = memory.allocator();
  char* piece = nullptr;
};

// As nghttp2 makes it: by resizing nothing.
TEST_F(SessionMemoryTest, gives_back_the_pages_of_a_frame_buffer) {
  fill(hooks.realloc(nullptr, frame_buffer, hooks.mem_user_data), frame_buffer);
  memory.give_back_pages();
  EXPECT_TRUE(holds('\0', frame_buffer));
  fill(piece, frame_buffer);
  EXPECT_TRUE(holds('x', frame_buffer));
}

TEST_F(SessionMemoryTest, keeps_what_was_asked_for_in_another_way_however_large_it_is) {
  fill(hooks.malloc(frame_buffer, hooks.mem_user_data), frame_buffer);
  memory.give_back_pages();
  EXPECT_TRUE(holds('x', frame_buffer));
}

TEST_F(SessionMemoryTest, keeps_a_table_that_holds_something) {
  piece = static_cast<char*>(hooks.calloc(256, 16, hooks.mem_user_data));
  EXPECT_TRUE(holds('\0', 4096));
  piece[4095] = 'x';
  memory.give_back_pages();
  EXPECT_EQ(piece[4095], 'x');
  piece[4095] = '\0';
  piece[0] = 'x';
  memory.give_back_pages();
  EXPECT_EQ(piece[0], 'x');
}

TEST_F(SessionMemoryTest, keeps_what_is_small_or_has_been_resized) {
  fill(hooks.calloc(1, 2944, hooks.mem_user_data), 2944);
  memory.give_back_pages();
  EXPECT_TRUE(holds('x', 2944));
  hooks.free(piece, hooks.mem_user_data);
  fill(hooks.realloc(nullptr, frame_buffer, hooks.mem_user_data), frame_buffer);
  piece = static_cast<char*>(hooks.realloc(piece, 2 * frame_buffer, hooks.mem_user_data));
  memory.give_back_pages();
  EXPECT_TRUE(holds('x', frame_buffer));
}

TEST_F(SessionMemoryTest, refuses_a_table_whose_size_overflows) {
  EXPECT_EQ(hooks.calloc(SIZE_MAX / 2, 16, hooks.mem_user_data), nullptr);
}

TEST(Http2Server, answers_after_a_rest_as_before_it) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(200, "hello"); };
  Http2Client client(server);
  for (int i = 0; i < 3; ++i) {
    const auto id = client.request("GET", "/", {{"accept", "*/*"}});
    client.run();
    server.codec->rest();
    EXPECT_EQ(client.reply(id).body, "hello");
  }
}

TEST(Http2Server, forgets_nothing_of_open_streams_when_told_to_rest) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  server.codec->rest();
  server[0].answer(200, "hello");
  server.codec->rest();  // with a response to send
  client.run();
  EXPECT_EQ(client.reply(id).body, "hello");
}

// More than 192 make nghttp2 replace its table of streams. Then comes a value that is decoded into more than
// 4 KiB and stays in HPACK's dynamic table.
TEST(Http2Server, remembers_fields_over_a_rest_however_many_streams_there_were) {
  constexpr unsigned many = 200;
  Limits limits;
  limits.streams = many;
  Http2Harness server(limits);
  Http2Client client(server);
  for (unsigned i = 0; i < many; ++i) client.request("GET", "/");
  client.run();
  EXPECT_EQ(server.running(), many);
  for (const auto& exchange : server.exchanges) exchange->answer(200);
  client.run();
  const std::string value(2800, 'b');
  server.at_request = [&](Exchange& exchange) { exchange.answer(exchange.field("x-long") == value ? 200 : 500); };
  for (int i = 0; i < 3; ++i) {
    const auto id = client.request("GET", "/", {{"x-long", value}});
    client.run();
    server.codec->rest();
    EXPECT_EQ(client.reply(id).fields.substr(0, 12), ":status: 200");
  }
}

}  // namespace
}  // namespace ravelin::http
