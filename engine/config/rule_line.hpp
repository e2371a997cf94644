// One line of virtual_rules or static_rules.
#pragma once

#include "engine/config/model.hpp"
#include "engine/config/option_line.hpp"

namespace config {

class RuleLine : private OptionLine {
 public:
  RuleLine(const Line& line, Findings& findings, IprouteNames& names)
      : OptionLine(Block::kRule, Code::kBadRule, line, findings, names) {}

  // Nothing, with findings, when the line cannot be used.
  std::optional<Rule> read();
  // What `track_group` names; null when the line has none. Requires: read().
  const Word* track_group() const { return track_group_; }

 private:
  void read_word(std::string_view name, const Word& word, const Keyword& keyword);
  void read_selector(std::string_view name, const Word& word, const Keyword& keyword);
  void read_network(const Word& word, std::optional<base::Prefix>& made);
  void read_mark(const Word& word);
  std::optional<PortRange> ports(const Word& word);
  void act(Rule::Action action, const Word& word);
  void finish();

  Rule rule_;
  bool acts_ = false;
  bool has_preference_ = false;
  const Word* track_group_ = nullptr;
};

}  // namespace config
