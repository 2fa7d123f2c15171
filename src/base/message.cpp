#include "ravelin/message.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace ravelin {

struct Arena::Block {
  Block* next;
};

Arena::~Arena() {
  while (blocks_ != nullptr) {
    Block* const block = blocks_;
    blocks_ = block->next;
    ::operator delete(block);
  }
}

void Arena::add_block(std::size_t at_least) {
  constexpr std::size_t header = (sizeof(Block) + 15) / 16 * 16;
  const std::size_t room = std::max<std::size_t>(at_least, 4096 - header);
  auto* const raw = static_cast<std::byte*>(::operator new(header + room));
  blocks_ = new (raw) Block{blocks_};
  next_ = raw + header;
  end_ = next_ + room;
}

std::string_view Arena::join(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  char* const start = static_cast<char*>(allocate(size));
  char* to = start;
  for (std::string_view part : parts) to = std::copy(part.begin(), part.end(), to);
  return {start, size};
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const {
  for (const Field& field : *this)
    if (field.name == name) return field.value;
  return std::nullopt;
}

std::size_t HeaderList::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(begin(), end(), [&](const Field& f) { return f.name == name; }));
}

void HeaderList::add(std::string_view name, std::string_view value) {
  add_view(arena_->copy(name), arena_->copy(value));
}

void HeaderList::set(std::string_view name, std::string_view value) {
  value = arena_->copy(value);
  for (std::uint32_t i = 0; i < size_; ++i) {
    if (fields_[i].name != name) continue;
    fields_[i].value = value;
    const std::string_view* const kept = &fields_[i].value;
    remove_if([&](const Field& field) { return field.name == name && &field.value != kept; });
    return;
  }
  add_view(arena_->copy(name), value);
}

std::size_t HeaderList::remove(std::string_view name) {
  return remove_if([&](const Field& field) { return field.name == name; });
}

void HeaderList::grow() {
  const std::uint32_t capacity = capacity_ == 0 ? 24 : capacity_ * 2;
  auto* const fields = static_cast<Field*>(arena_->allocate(capacity * sizeof(Field), alignof(Field)));
  std::uninitialized_copy_n(fields_, size_, fields);
  fields_ = fields;
  capacity_ = capacity;
}

}  // namespace ravelin
