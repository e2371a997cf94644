// One line of virtual_routes or static_routes.
#pragma once

#include "engine/config/model.hpp"
#include "engine/config/option_line.hpp"

namespace config {

class RouteLine : private OptionLine {
 public:
  RouteLine(const Line& line, Findings& findings, IprouteNames& names)
      : OptionLine(Block::kRoute, Code::kBadRoute, line, findings, names) {}

  // Nothing, with findings, when the line cannot be used.
  std::optional<Route> read();
  // What `track_group` names; null when the line has none. Requires: read().
  const Word* track_group() const { return track_group_; }

 private:
  bool read_kind(std::string_view name);
  bool read_metric(std::string_view name, const Word& word, const Keyword& keyword);
  void read_option(std::string_view name, const Word& word, const Keyword& keyword);
  void read_value(std::string_view name, const Word& word, const Keyword& keyword);
  void read_destination(const Word& word);
  void read_via(const Word& word, NextHop& hop);
  void read_hop(const Word& word);
  void read_encapsulation(const Word& word, Encapsulation& made);
  void read_tunnel(Encapsulation& made);
  std::optional<std::uint32_t> milliseconds(const Word& word);
  void finish();

  Route route_;
  NextHop first_;                        // what stands outside `nexthop`
  std::optional<base::Address> second_;  // `or`
  bool has_first_ = false;
  bool has_destination_ = false;
  bool has_place_ = false;
  const Word* protocol_ = nullptr;
  const Word* track_group_ = nullptr;
};

}  // namespace config
