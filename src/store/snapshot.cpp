#include "store/snapshot.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/json_buffer.h"
#include "store/atomic_file.h"

namespace ravelin::store {

namespace {

using Json = nlohmann::json;

constexpr int version = 1;
constexpr std::size_t line_limit = 16 * 1024;  // a ban's texts are bounded far below

std::int64_t nanoseconds(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall_time(const Json& value) { return WallTime(Duration(value.get<std::int64_t>())); }

void write_ban(JsonBuffer& json, const Ban& ban) {
  json.literal("{\"ban\":{\"prefix\":");
  json.string(ban.prefix.to_string());
  json.literal("\"jail\":");
  json.string(ban.jail);
  json.literal("\"since\":");
  json.number(nanoseconds(ban.since));
  json.literal("\"until\":");
  json.number(nanoseconds(ban.until));
  json.literal("\"times\":");
  json.number(ban.times);
  json.literal("\"reason\":");
  json.string(ban.reason);
  json.literal("\"evidence\":");
  json.string(ban.evidence);
  json.literal("\"author\":");
  json.string(ban.author);
  json.close('}');
  json.close('}');
}

void write_past(JsonBuffer& json, const PastBans& past) {
  json.literal("{\"past\":{\"prefix\":");
  json.string(past.prefix.to_string());
  json.literal("\"times\":");
  json.number(past.times);
  json.literal("\"until\":");
  json.number(nanoseconds(past.until));
  json.close('}');
  json.close('}');
}

Prefix prefix_of(const Json& value) {
  auto prefix = Prefix::parse(value.at("prefix").get_ref<const std::string&>());
  return prefix ? *prefix : Prefix();
}

Ban ban_of(const Json& value) {
  Ban ban;
  ban.prefix = prefix_of(value);
  ban.jail = value.at("jail").get<std::string>();
  ban.since = wall_time(value.at("since"));
  ban.until = wall_time(value.at("until"));
  ban.times = value.at("times").get<std::uint32_t>();
  ban.reason = value.at("reason").get<std::string>();
  ban.evidence = value.at("evidence").get<std::string>();
  ban.author = value.at("author").get<std::string>();
  return ban;
}

PastBans past_of(const Json& value) {
  return {prefix_of(value), value.at("times").get<std::uint32_t>(), wall_time(value.at("until"))};
}

/// Reading takes the lines of one snapshot and keeps count of what does not belong there.
class Reading {
 public:
  Reading(MemoryBans& bans, WallTime now) : bans_(bans), now_(now) {}

  void line(std::string_view text) {
    ++lines_;
    if (!take(text) && first_bad_ == 0) first_bad_ = lines_;
  }
  std::size_t bans() const { return found_; }
  /// 0 if all is well; a file that was cut off is bad after its last line.
  std::size_t first_bad_line() const { return first_bad_ == 0 && !is_whole_ ? lines_ + 1 : first_bad_; }

 private:
  // The boundary for what the JSON library throws.
  bool take(std::string_view text) try {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || is_whole_) return false;
    if (lines_ == 1) return json.at("ravelin") == "store" && json.at("version") == version;
    if (json.contains("end")) return is_whole_ = json.at("end") == lines_ - 2;
    return json.contains("ban") ? take_ban(ban_of(json["ban"])) : take_past(past_of(json.at("past")));
  } catch (const Json::exception&) {
    return false;
  }

  bool take_ban(Ban ban) {
    if (ban.prefix.address().is_none()) return false;
    bans_.restore(std::move(ban), now_);
    ++found_;
    return true;
  }

  bool take_past(const PastBans& past) {
    if (past.prefix.address().is_none()) return false;
    bans_.restore(past, now_);
    return true;
  }

  MemoryBans& bans_;
  WallTime now_;
  std::size_t lines_ = 0;
  std::size_t found_ = 0;
  std::size_t first_bad_ = 0;
  bool is_whole_ = false;
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error cannot_read(const std::string& path, int error) {
  return {"store:snapshot",
          "The store snapshot " + path + " cannot be read (" + std::generic_category().message(error) +
              "): its bans are not in force, and none are saved, until the gateway's user may read it "
              "or it is removed."};
}

}  // namespace

Result<void> write_snapshot(const std::string& path, MemoryBans& bans, WallTime now) {
  bans.sweep(now);
  AtomicFile file(path);
  JsonBuffer json;
  std::size_t entries = 0;
  const auto end_line = [&] {
    json.end_line();
    file.append(json.view());
    json.clear();
  };
  json.literal("{\"ravelin\":\"store\",\"version\":");
  json.number(version);
  json.close('}');
  end_line();
  bans.for_each([&](const Ban& ban) {
    write_ban(json, ban);
    end_line();
    ++entries;
  });
  for (const PastBans& past : bans.history()) {
    write_past(json, past);
    end_line();
    ++entries;
  }
  json.literal("{\"end\":");
  json.number(entries);
  json.close('}');
  end_line();
  if (auto written = file.commit(); !written) {
    return Error{"store:snapshot", "The bans are in force but not saved: " + written.error().message + "."};
  }
  return {};
}

Result<Condition> read_snapshot(const std::string& path, MemoryBans& bans, WallTime now, Log& log) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (!file) return errno == ENOENT ? Result<Condition>(Condition::good) : cannot_read(path, errno);
  Reading reading(bans, now);
  std::string buffer(line_limit, '\0');
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), file.get()) != nullptr) {
    reading.line(buffer.c_str());
  }
  if (std::ferror(file.get()) != 0) return cannot_read(path, errno);
  if (reading.first_bad_line() == 0) return Condition::good;
  log.warning("The store snapshot " + path + " is damaged at line " + std::to_string(reading.first_bad_line()) + "; " +
              std::to_string(reading.bans()) + " bans that could be read are in force, and the file is kept as " +
              path + ".corrupt when the bans are next saved.");
  return Condition::damaged;
}

Result<void> set_aside(const std::string& path) {
  const std::string aside = path + ".corrupt";
  if (std::rename(path.c_str(), aside.c_str()) == 0 || errno == ENOENT) return {};
  return Error{"store:snapshot", "The bans are in force but not saved: the damaged " + path + " cannot be moved to " +
                                     aside + " (" + std::generic_category().message(errno) + ")."};
}

}  // namespace ravelin::store
