#include "http/date.h"

#include <array>
#include <chrono>
#include <string_view>

namespace ravelin::http {

namespace {

void put_two_digits(std::string& text, unsigned number) {
  text += static_cast<char>('0' + number / 10);
  text += static_cast<char>('0' + number % 10);
}

}  // namespace

std::string date_text(WallTime time) {
  static constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto seconds = static_cast<unsigned>(std::chrono::floor<std::chrono::seconds>(time - day).count());
  std::string text;
  text.reserve(29);
  text.append(weekdays[std::chrono::weekday(day).c_encoding()]).append(", ");
  put_two_digits(text, static_cast<unsigned>(date.day()));
  text.append(" ").append(months[static_cast<unsigned>(date.month()) - 1]).append(" ");
  text.append(std::to_string(static_cast<int>(date.year()))).append(" ");
  put_two_digits(text, seconds / 3600);
  text += ':';
  put_two_digits(text, seconds / 60 % 60);
  text += ':';
  put_two_digits(text, seconds % 60);
  return text.append(" GMT");
}

}  // namespace ravelin::http
