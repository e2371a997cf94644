// What mails have told of a thing, so that they do not repeat it: kept in the outbox.
#pragma once

#include <string>

namespace alert {

struct Told {
  std::string instance;  // its name, or of what else was told: a kind and a name
  std::string state;
};

}  // namespace alert
