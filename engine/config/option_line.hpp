// A line of iproute2's words, taken one after another: what route lines and rule lines have in common.
//
// The words of such a line stand in the keyword table (Block::kRoute, Block::kRule), with their ranges. A line of which
// one word cannot be used is not used at all.
#pragma once

#include <optional>
#include <string>

#include "engine/config/codes.hpp"
#include "engine/config/iproute_names.hpp"
#include "engine/config/keywords.hpp"
#include "engine/config/lexer.hpp"

namespace config {

class OptionLine {
 public:
  // `bad` is the finding about a line that cannot be used.
  OptionLine(Block block, Code bad, const Line& line, Findings& findings, IprouteNames& names)
      : block_(block), bad_(bad), line_(line), findings_(findings), names_(names) {}

 protected:
  bool is_good() const { return is_good_; }
  const Line& line() const { return line_; }
  // The next word; null at the end.
  const Word* take() { return at_ < line_.words.size() ? &line_.words[at_++] : nullptr; }
  const Word* peek() const { return at_ < line_.words.size() ? &line_.words[at_] : nullptr; }
  // Takes the next word when it is this one.
  bool take_if(std::string_view text);
  // The keyword as the table has it, by its first spelling; null for a word that is none.
  const Keyword* keyword(const Word& word) const;

  // The value of a word, which the next one is. Nothing, with a finding, when it cannot be one.
  const Word* value_of(const Word& word);
  std::optional<std::uint64_t> number(const Word& word, const Keyword& keyword);
  std::optional<std::uint64_t> number(const Word& word, std::uint64_t least, std::uint64_t most);
  std::optional<std::uint32_t> named(const Word& word, IprouteNames::Kind kind, std::uint32_t most);
  // "[FROM/]TO", as from << 16 | to.
  std::optional<std::uint32_t> realms(const Word& word);
  std::optional<base::Address> address(const Word& word);
  std::optional<base::Prefix> prefix(const Word& word);
  std::optional<std::string> interface(const Word& word);
  // The place of a word among "a|b|c".
  std::optional<std::size_t> choice(const Word& word, std::string_view choices);

  // All agree, or the line cannot be used.
  void be(base::Family family, const Word& word);
  base::Family family() const { return family_; }

  void refuse(const Word& word, std::string message, std::string label = {});
  void say(Code code, const Word& word, std::string message, std::string label = {},
           std::string note = {});
  // A word that is no option and no value.
  void unknown(const Word& word);
  // The network of a prefix with bits behind its length; says so.
  base::Prefix network_of(const base::Prefix& prefix, const Word& word);

 private:
  Block block_;
  Code bad_;
  const Line& line_;
  Findings& findings_;
  IprouteNames& names_;
  std::size_t at_ = 0;
  base::Family family_ = base::Family::kNone;
  bool is_good_ = true;
};

}  // namespace config
