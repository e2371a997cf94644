// Bytes of a configuration that know where each of them stands in a file, through everything that is done to them:
// comments cut away, escapes resolved, definitions put in, lines repeated.
//
// A Text is made of runs. The bytes of a run stand side by side in a file (they "advance"), or all stand for one place
// there (the number a sequence counts). A run that came out of an expansion says which; Origins knows them all, and
// leads from a byte to the place in the file that a person should look at first: where the definition is used, not where
// it was written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/position.hpp"

namespace config {

struct SourceFile;

bool is_blank(char c);
// 65,535 when it is more: columns and widths are no wider.
std::uint16_t narrow(std::size_t value);

class Text {
 public:
  struct Run {
    std::size_t begin = 0;
    Position written;             // of its first byte
    std::uint32_t expansion = 0;  // into Origins; 0: it stands where it is used
    bool advances = true;
  };

  Text() = default;
  // `bytes` as they stand in a file from `written` on.
  Text(std::string_view bytes, Position written);
  // `bytes` that all stand for one place.
  static Text standing_for(Position written, std::string_view bytes);

  const std::string& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  char operator[](std::size_t i) const { return bytes_[i]; }
  const std::vector<Run>& runs() const { return runs_; }

  // Requires: i < size(), or i == size() > 0 for the place behind the last byte.
  const Run& run_at(std::size_t i) const;
  Position written_at(std::size_t i) const;

  void append(const Text& other);
  Text part(std::size_t begin, std::size_t end) const;
  // Without the blanks at both ends.
  Text trimmed() const;
  // The bytes [begin, end) give way to `by`.
  void replace(std::size_t begin, std::size_t end, const Text& by);
  template <typename Change>  // std::uint32_t (std::uint32_t)
  void change_expansions(Change change) {
    for (Run& run : runs_) run.expansion = change(run.expansion);
  }

 private:
  std::string bytes_;
  std::vector<Run> runs_;  // by begin; the first begins at 0
};

// One use of a definition, or one round of a repetition.
struct Expansion {
  enum class Kind : std::uint8_t {
    kDefinition,
    kCounted,  // the variable of a repetition
    kBuiltIn,  // there is nothing to tell about it
    kRound,    // of a repetition: its text stands where it is used all the same
  };
  Kind kind = Kind::kDefinition;
  std::uint32_t outer = 0;  // the expansion its reference came out of
  std::string_view what;    // "$NAME", "i = 3"; lives in Definitions
  Position use;             // the reference, as written
  std::uint16_t use_width = 1;
  Position made;              // the definition, the ~SEQ
  std::uint32_t meaning = 0;  // the definition's number: one inside another of the same never ends
};

// Where all expanded text came from. Grows with every expansion; the lexer bounds how many there are.
class Origins {
 public:
  std::uint32_t add(Expansion expansion);
  const Expansion& operator[](std::uint32_t expansion) const { return expansions_[expansion - 1]; }
  // How many expansions are around the text of this one, itself included.
  std::size_t depth_of(std::uint32_t expansion) const;
  bool is_inside(std::uint32_t expansion, std::uint32_t meaning) const;

  // Where to point for text[begin, end): the outermost use. Its `origin` leads back to what was written, if that is
  // somewhere else or was written once for several.
  struct Place {
    Position at;
    std::uint16_t width = 1;
  };
  Place place_of(const Text& text, std::size_t begin, std::size_t end);

  // How the text at this place came there, innermost first: "`$PRIO` is written at /etc/a.conf:3:7". Empty for text that
  // stands there itself. Values that are secret are left out.
  std::vector<std::string> trace(const Position& at, const std::vector<SourceFile>& files) const;

  // Notes that text[begin, end) is a secret, wherever those of its bytes were written that came from elsewhere.
  void mark_secret(const Text& text, std::size_t begin, std::size_t end,
                   std::vector<SourceFile>& files) const;

 private:
  struct Origin {
    Position written;
    std::uint32_t expansion = 0;
  };

  // Where a byte leads its reader, and how far it reaches there.
  Place outermost(const Text& text, std::size_t i) const;

  std::vector<Expansion> expansions_;
  std::vector<Origin> origins_;
};

}  // namespace config
