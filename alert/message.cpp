#include "alert/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/utf8.hpp"

namespace alert {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// One line of valid UTF-8, short enough for a header line whatever is done to it.
std::string header_value(std::string_view text) {
  constexpr std::size_t kLongest = 600;
  std::string line = base::valid_utf8(text.substr(0, kLongest));
  std::replace_if(line.begin(), line.end(), is_control, ' ');
  return std::string(trim(line));
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// RFC 2047: each word at most 75 characters and made of whole characters; words are folded onto lines of their own.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t kBytesPerWord = 45;  // 60 in base64, and "=?utf-8?B?" with "?=" around them
  std::string result;
  std::string chunk;
  const auto flush = [&] {
    if (chunk.empty()) return;
    if (!result.empty()) result += "\r\n ";
    result += "=?utf-8?B?" + base64(chunk) + "?=";
    chunk.clear();
  };
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(1, base::utf8_character_length(text));
    if (chunk.size() + length > kBytesPerWord) flush();
    chunk += text.substr(0, length);
    text.remove_prefix(length);
  }
  flush();
  return result;
}

// "=?" would be read as the beginning of an encoded word that is none.
std::string unstructured(std::string_view text) {
  const std::string line = header_value(text);
  return is_ascii(line) && line.find("=?") == std::string::npos ? line : encoded_words(line);
}

std::string mailbox_text(const Mailbox& mailbox) {
  const std::string name = header_value(mailbox.name);
  if (name.empty()) return mailbox.address;
  if (!is_ascii(name)) return encoded_words(name) + " <" + mailbox.address + ">";
  std::string quoted;
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return "\"" + quoted + "\" <" + mailbox.address + ">";
}

bool fits_as_it_is(std::string_view body) {
  constexpr std::size_t kLongestLine = 998;
  std::size_t line = 0;
  for (const char c : body) {
    line = c == '\n' ? 0 : line + 1;
    if (line > kLongestLine || (is_control(c) && c != '\n' && c != '\t')) return false;
  }
  return is_ascii(body);
}

std::string with_crlf(std::string_view body) {
  std::string text;
  for (const char c : body) {
    if (c == '\n') text += '\r';
    text += c;
  }
  if (!body.empty() && body.back() != '\n') text += "\r\n";
  return text;
}

// RFC 2045 6.7: lines of at most 76 characters, trailing blanks escaped.
std::string quoted_printable(std::string_view body) {
  std::string text;
  std::size_t column = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '\n') {
      text += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == body.size() || body[i + 1] == '\n';
    const bool is_blank = c == ' ' || c == '\t';
    const bool is_plain = (c > ' ' && c < 0x7f && c != '=') || (is_blank && !ends_line);
    const std::string token =
        is_plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (column + token.size() > 75) {
      text += "=\r\n";
      column = 0;
    }
    text += token;
    column += token.size();
  }
  if (column > 0) text += "\r\n";
  return text;
}

}  // namespace

std::optional<Mailbox> Mailbox::parse(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  Mailbox mailbox;
  std::string_view address = trim(text);
  if (const std::size_t open = address.rfind('<'); open != std::string_view::npos) {
    if (address.back() != '>') return std::nullopt;
    std::string_view name = trim(address.substr(0, open));
    address = trim(address.substr(open + 1, address.size() - open - 2));
    const bool is_quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
    if (is_quoted) name = name.substr(1, name.size() - 2);
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (is_quoted && name[i] == '\\' && i + 1 < name.size()) ++i;
      mailbox.name += name[i];
    }
  }
  // SMTP is told this word for word: nothing that could end the word, and ASCII, since SMTPUTF8 is not asked for.
  if (address.empty() || address.size() > 254 || !is_ascii(address) ||
      address.find_first_of(" <>,\"\\;()") != std::string_view::npos)
    return std::nullopt;
  mailbox.address = address;
  return mailbox;
}

std::string date_of(std::int64_t wall_ns) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const sys_seconds at = floor<seconds>(sys_time<nanoseconds>{nanoseconds{wall_ns}});
  const sys_days day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss<seconds> time{at - day};
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

std::string to_text(const Message& message) {
  std::string text;
  const auto header = [&](std::string_view name, std::string_view value) {
    text += fmt::format("{}: {}\r\n", name, value);
  };
  header("Date", date_of(message.wall_ns));
  header("From", mailbox_text(message.from));
  std::string to;
  for (const Mailbox& mailbox : message.to)
    to += (to.empty() ? "" : ",\r\n ") + mailbox_text(mailbox);
  header("To", to);
  header("Subject", unstructured(message.subject));
  header("Message-ID", fmt::format("<{}>", header_value(message.id)));
  // RFC 3834: no vacation notice shall answer this.
  header("Auto-Submitted", "auto-generated");
  for (const auto& [name, value] : message.headers) header(name, unstructured(value));
  header("MIME-Version", "1.0");
  header("Content-Type", "text/plain; charset=utf-8");
  const bool plain = fits_as_it_is(message.body);
  header("Content-Transfer-Encoding", plain ? "7bit" : "quoted-printable");
  text += "\r\n";
  text += plain ? with_crlf(message.body) : quoted_printable(base::valid_utf8(message.body));
  return text;
}

}  // namespace alert
