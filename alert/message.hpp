// Builds a mail as RFC 5322 wants it. Pure: the time, the host and every text are handed in.
//
// Nothing a name, a script or a server said can add a header or a line: control characters become spaces in headers, and
// an address that holds one is no address. What is not ASCII travels as RFC 2047 words and quoted-printable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alert {

// `root@example.org`, `Router A <root@example.org>`, `"Router, A" <root@example.org>`.
struct Mailbox {
  std::string name;
  std::string address;  // what SMTP is told
  static std::optional<Mailbox> parse(std::string_view text);
};

struct Message {
  Mailbox from;
  std::vector<Mailbox> to;
  std::string subject;
  std::string id;            // without the brackets: "something@host"
  std::int64_t wall_ns = 0;  // Date
  std::vector<std::pair<std::string, std::string>> headers;  // further ones: name, text
  std::string body;                                          // lines end in \n
};

// Headers, empty line, body; every line ends in CRLF and is at most 998 bytes long.
std::string to_text(const Message& message);

// "Sun, 22 Nov 2026 00:28:34 +0000"
std::string date_of(std::int64_t wall_ns);

}  // namespace alert
