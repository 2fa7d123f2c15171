#include <yajl/yajl_parse.h>

#include <cstring>
#include <functional>

#include "modules/waf/plan/collect.h"

namespace ravelin::waf::plan {
namespace {

// Each value has its whole path for a name: a body could make a hundred times its size of them.
constexpr std::size_t most_name_bytes = std::size_t{1024} * 1024;

// yajl's memory, too, is the arena's. Before each piece is its size, for realloc.
constexpr std::size_t before_piece = alignof(std::max_align_t);

void* allocate(void* arena, std::size_t size) {
  char* const piece = static_cast<char*>(static_cast<Arena*>(arena)->allocate(before_piece + size));
  std::memcpy(piece, &size, sizeof size);
  return piece + before_piece;
}

void* reallocate(void* arena, void* old, std::size_t size) {
  if (old == nullptr) return allocate(arena, size);
  std::size_t old_size = 0;
  std::memcpy(&old_size, static_cast<char*>(old) - before_piece, sizeof old_size);
  if (size <= old_size) return old;
  void* const piece = allocate(arena, size);
  std::memcpy(piece, old, old_size);
  return piece;
}

void give_back(void*, void*) {}

}  // namespace

/// JsonReader adds the values of one JSON text to Values. The functions that yajl calls return whether it shall go on.
class JsonReader {
 public:
  JsonReader(Values& values, std::string_view text) : values_(values), text_(text) {}

  /// False if the text is malformed or too deep: what comes before that is there, as in the library.
  bool read();
  /// Whether it was given up because its names, of which each value has all around it, are too long together.
  bool has_too_much() const { return name_bytes_ > most_name_bytes; }

 private:
  using Kind = JsonPath::Kind;

  static JsonReader& self(void* reader) { return *static_cast<JsonReader*>(reader); }
  static int on_null(void* reader) { return self(reader).add({}); }
  static int on_boolean(void* reader, int value) { return self(reader).add(value != 0 ? "true" : "false"); }
  static int on_number(void* reader, const char* text, std::size_t size) {
    return self(reader).add(self(reader).lasting({text, size}));
  }
  static int on_string(void* reader, const unsigned char* text, std::size_t size) {
    return self(reader).add(self(reader).lasting({reinterpret_cast<const char*>(text), size}));
  }
  static int on_key(void* reader, const unsigned char* text, std::size_t size) {
    self(reader).values_.json_path_.key({reinterpret_cast<const char*>(text), size});
    return 1;
  }
  static int on_map(void* reader) { return self(reader).enter(Kind::map); }
  static int on_array(void* reader) { return self(reader).enter(Kind::array); }
  static int on_end(void* reader) {
    self(reader).values_.json_path_.leave();
    return 1;
  }

  int add(std::string_view value);
  int enter(Kind kind);
  std::string_view lasting(std::string_view value);

  static constexpr yajl_callbacks callbacks{on_null, on_boolean, nullptr, nullptr,  on_number, on_string,
                                            on_map,  on_key,     on_end,  on_array, on_end};

  Values& values_;
  std::string_view text_;
  std::size_t name_bytes_ = 0;
};

bool JsonReader::read() {
  values_.json_path_.clear();
  yajl_alloc_funcs memory{allocate, reallocate, give_back, &values_.arena_};
  yajl_handle parser = yajl_alloc(&callbacks, &memory, this);
  const bool is_good =
      yajl_parse(parser, reinterpret_cast<const unsigned char*>(text_.data()), text_.size()) == yajl_status_ok &&
      yajl_complete_parse(parser) == yajl_status_ok;
  yajl_free(parser);
  return is_good;
}

int JsonReader::add(std::string_view value) {
  const std::string_view name = values_.json_path_.leaf();
  name_bytes_ += name.size();
  if (name_bytes_ > most_name_bytes) return 0;
  values_.add_argument(values_.arena_.copy(name), value);
  return 1;
}

int JsonReader::enter(Kind kind) {
  values_.json_path_.enter(kind);
  return values_.json_path_.depth() <= values_.json_depth_ ? 1 : 0;
}

// yajl gives a piece of the text itself unless it had to decode it.
std::string_view JsonReader::lasting(std::string_view value) {
  const std::less_equal<const char*> at_most;
  const bool is_in_text =
      at_most(text_.data(), value.data()) && at_most(value.data() + value.size(), text_.data() + text_.size());
  return is_in_text ? value : values_.arena_.copy(value);
}

// An empty body is no error to the library, although it is no JSON.
void Values::collect_json(std::string_view body) {
  JsonReader reader(*this, body);
  set_body_error(!body.empty() && !reader.read());
  if (reader.has_too_much()) set_doubt("the JSON body has too much of names");
  if (!body.empty()) sum_arguments();
}

}  // namespace ravelin::waf::plan
