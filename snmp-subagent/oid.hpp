// SNMP's words as values: object identifiers, typed values, and a sorted list of both.
//
// Pure: no Net-SNMP here. A MIB is a function from what the board says to a List; the agent serves any List.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snmp {

using Oid = std::vector<std::uint32_t>;

enum class Syntax : std::uint8_t {
  kInteger,
  kGauge,
  kCounter32,
  kCounter64,
  kTimeTicks,
  kIpAddress,
  kOctets
};

struct Value {
  Syntax syntax = Syntax::kInteger;
  std::uint64_t number = 0;  // of the numeric syntaxes; kInteger as its two's complement
  std::string octets;        // of kOctets and kIpAddress (four bytes)
  friend bool operator==(const Value&, const Value&) = default;
};

struct Object {
  Oid name;
  Value value;
};

// Objects in lexicographic order of their names, as GETNEXT walks them.
using List = std::vector<Object>;

void sort(List& list);
// The object of exactly this name; nullptr when there is none.
const Object* find(const List& list, const Oid& name);
// The first object after `name`, or at it when `inclusive`; nullptr past the end.
const Object* next(const List& list, const Oid& name, bool inclusive);

}  // namespace snmp
