#include "engine/config/command_line.hpp"

namespace config {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character that an escape stands for. Requires: text[i] follows a backslash. Leaves i behind the escape.
char unescape(std::string_view text, std::size_t& i) {
  const char c = text[i++];
  switch (c) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'E': return '\x1b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    case 'c':
      if (i < text.size()) return static_cast<char>(text[i++] & 0x1f);
      return c;
    case 'x': {
      int value = 0;
      int digits = 0;
      while (digits < 2 && i < text.size() && hex_digit(text[i]) >= 0) {
        value = value * 16 + hex_digit(text[i++]);
        ++digits;
      }
      return digits == 0 ? c : static_cast<char>(value);
    }
    default: break;
  }
  if (!is_octal(c)) return c;
  int value = c - '0';
  for (int digits = 1; digits < 3 && i < text.size() && is_octal(text[i]); ++digits)
    value = value * 8 + (text[i++] - '0');
  return static_cast<char>(value & 0xff);
}

}  // namespace

std::optional<std::vector<Piece>> split_command_line(std::string_view text) {
  std::vector<Piece> pieces;
  std::size_t i = 0;
  while (true) {
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r')) ++i;
    if (i >= text.size()) return pieces;
    Piece piece;
    piece.offset = i;
    char quote = '\0';
    while (i < text.size()) {
      const char c = text[i];
      if (quote == '\0' && (c == ' ' || c == '\t' || c == '\r')) break;
      ++i;
      if (c == '\\' && quote != '\'' && i < text.size()) {
        piece.text += unescape(text, i);
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = '\0';
      } else {
        piece.text += c;
      }
    }
    if (quote != '\0') return std::nullopt;
    piece.width = i - piece.offset;
    pieces.push_back(std::move(piece));
  }
}

}  // namespace config
