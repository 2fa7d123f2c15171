#include "observe/event_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ravelin::observe {
namespace {

struct KeptLog : Log {
  std::mutex mutex;
  std::string text;
  void write(Level, std::string_view message) override {
    const std::lock_guard lock(mutex);
    text.append(message).append("\n");
  }
  std::size_t lines() { return count_lines(text); }
};

struct EventWriterTest : testing::Test {
  KeptLog log;
  Registry registry{1};
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("ravelin-events-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());

  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  SinkConfig file(std::string name, EventKind kind = EventKind::access) {
    SinkConfig config;
    config.path = folder / name;
    config.name = std::move(name);
    config.kind = kind;
    return config;
  }
  std::string contents(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(folder / name).rdbuf();
    return text.str();
  }
  static void submit(EventWriter& writer, std::string lines, EventKind kind = EventKind::access) {
    writer.submit(kind, lines);
    EXPECT_TRUE(lines.empty());
  }
  bool has_dropped(const std::string& sink, int lines) {
    return registry.scrape().find("events_dropped_total{sink=\"" + sink + "\"} " + std::to_string(lines) + "\n") !=
           std::string::npos;
  }
};

TEST_F(EventWriterTest, writes_each_kind_to_its_sinks_in_order) {
  EventWriter writer({file("a"), file("copy"), file("s", EventKind::security)}, log, registry);
  EXPECT_TRUE(writer.wants(EventKind::security));
  for (int i = 0; i < 100; ++i) submit(writer, std::to_string(i) + "\n");
  submit(writer, "alert\n", EventKind::security);
  writer.flush();
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(contents("a"), expected);
  EXPECT_EQ(contents("copy"), expected);
  EXPECT_EQ(contents("s"), "alert\n");
  EXPECT_EQ(log.text, "");
}

TEST_F(EventWriterTest, keeps_whole_lines_of_several_workers) {
  EventWriter writer({file("a")}, log, registry);
  const auto work = [&](char name) {
    std::string lines;
    for (int i = 0; i < 2000; ++i) {
      lines.append(30, name).append("\n");
      if (i % 3 == 0) writer.submit(EventKind::access, lines);
    }
    writer.submit(EventKind::access, lines);
  };
  std::thread other(work, 'b');
  work('a');
  other.join();
  writer.stop();
  std::stringstream text(contents("a"));
  std::size_t lines = 0;
  for (std::string line; std::getline(text, line); ++lines) ASSERT_EQ(line, std::string(30, line[0]));
  EXPECT_EQ(lines, 4000U);
}

TEST_F(EventWriterTest, goes_on_in_a_new_file_after_rotation) {
  EventWriter writer({file("a")}, log, registry);
  submit(writer, "one\n");
  writer.flush();
  std::filesystem::rename(folder / "a", folder / "a.1");
  submit(writer, "two\n");
  writer.flush();
  writer.reopen();
  writer.flush();
  submit(writer, "three\n");
  writer.stop();
  EXPECT_EQ(contents("a.1"), "one\ntwo\n");
  EXPECT_EQ(contents("a"), "three\n");
}

// Of a process that ended on a full disk.
TEST_F(EventWriterTest, ends_the_half_line_that_it_finds) {
  std::ofstream(folder / "a") << "one\n{\"tw";
  for (const char* const line : {"three\n", "four\n"}) {
    EventWriter writer({file("a")}, log, registry);
    submit(writer, line);
    writer.stop();
  }
  EXPECT_EQ(contents("a"), "one\n{\"tw\nthree\nfour\n");
}

TEST_F(EventWriterTest, tells_once_what_is_missing_and_catches_up_when_it_is_there) {
  SinkConfig config = file("a");
  config.path = folder / "later" / "a";
  EventWriter writer({config}, log, registry);
  for (int i = 0; i < 5; ++i) {
    submit(writer, std::to_string(i) + "\n");
    writer.flush();
  }
  EXPECT_EQ(log.lines(), 1U) << log.text;
  EXPECT_NE(log.text.find("Cannot open " + config.path + " for access events: No such file or directory"),
            std::string::npos);
  std::filesystem::create_directory(folder / "later");
  writer.stop();
  EXPECT_EQ(contents("later/a"), "0\n1\n2\n3\n4\n");
  EXPECT_EQ(log.lines(), 2U) << log.text;
  EXPECT_TRUE(has_dropped("a", 0));
}

TEST_F(EventWriterTest, tries_a_full_disk_again_and_counts_what_is_lost) {
  SinkConfig config = file("full");
  config.path = "/dev/full";
  config.pending = 20;
  EventWriter writer({config}, log, registry);
  submit(writer, "0123456789\n");
  submit(writer, "too\nmuch\nnow\n");
  writer.flush();
  EXPECT_TRUE(has_dropped("full", 3));
  writer.stop();
  EXPECT_TRUE(has_dropped("full", 4));
  EXPECT_NE(log.text.find("No space left on device"), std::string::npos);
}

TEST_F(EventWriterTest, bounds_what_workers_can_queue) {
  EventWriter writer({file("a"), file("b")}, log, registry, 100);
  submit(writer, std::string(101, 'x') + "\n");
  writer.flush();
  EXPECT_TRUE(has_dropped("a", 1));
  EXPECT_TRUE(has_dropped("b", 1));
  submit(writer, "fits\n");
  writer.stop();
  EXPECT_EQ(contents("a"), "fits\n");
  submit(writer, "late\n");
  EXPECT_TRUE(has_dropped("a", 2));
}

TEST_F(EventWriterTest, is_not_held_up_by_a_pipe_that_nobody_reads) {
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EventWriter writer({file("pipe"), file("a")}, log, registry);
  const std::string big = std::string(300'000, 'x') + "\n";
  submit(writer, big);
  writer.flush();
  EXPECT_EQ(contents("a"), big);
  std::string got;
  char buffer[65536];
  while (got.size() < big.size()) {
    const ssize_t size = read(reader, buffer, sizeof buffer);
    if (size > 0) got.append(buffer, static_cast<std::size_t>(size));
    if (size <= 0) std::this_thread::yield();
  }
  EXPECT_EQ(got, big);
  writer.stop();
  close(reader);
}

/// In place of standard output a pipe that holds a page.
class NarrowOutput {
 public:
  NarrowOutput() {
    EXPECT_EQ(pipe(ends_), 0);
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    dup2(ends_[1], STDOUT_FILENO);
    close(ends_[1]);
  }
  /// All that is written to it until its end; then standard output is what it was.
  std::string read_until(EventWriter& writer) {
    std::thread stopping([&] {
      writer.stop();
      dup2(before_, STDOUT_FILENO);
    });
    std::string got;
    char buffer[1000];
    for (ssize_t size = 0; (size = read(ends_[0], buffer, sizeof buffer)) > 0;)
      got.append(buffer, static_cast<std::size_t>(size));
    stopping.join();
    close(ends_[0]);
    close(before_);
    return got;
  }

 private:
  int before_ = dup(STDOUT_FILENO);
  int ends_[2] = {-1, -1};
};

TEST_F(EventWriterTest, keeps_lines_whole_on_a_standard_output_that_is_slow_and_writes_the_last) {
  const auto to_output = [](std::string name, EventKind kind) {
    SinkConfig config;
    config.name = std::move(name);
    config.kind = kind;
    config.target = SinkConfig::Target::standard_output;
    return config;
  };
  NarrowOutput output;
  EventWriter writer({to_output("a", EventKind::access), to_output("s", EventKind::security)}, log, registry);
  for (int i = 0; i < 20; ++i) {
    submit(writer, std::string(6000, 'a') + "\n", EventKind::access);
    submit(writer, std::string(100, 's') + "\n", EventKind::security);
    writer.flush();
  }
  std::istringstream lines(output.read_until(writer));
  int whole = 0;
  for (std::string line; std::getline(lines, line); ++whole)
    EXPECT_TRUE(line == std::string(6000, 'a') || line == std::string(100, 's')) << line.substr(0, 200);
  EXPECT_EQ(whole, 40);
}

TEST_F(EventWriterTest, changes_its_sinks_without_losing_a_line) {
  EventWriter writer({file("a"), file("b")}, log, registry);
  submit(writer, "one\n");
  writer.set_sinks({file("a"), file("c")});
  submit(writer, "two\n");
  writer.set_sinks({file("a")});
  writer.set_sinks({});
  EXPECT_FALSE(writer.wants(EventKind::access));
  writer.stop();
  EXPECT_EQ(contents("a"), "one\ntwo\n");
  EXPECT_EQ(log.text, "");
}

}  // namespace
}  // namespace ravelin::observe
