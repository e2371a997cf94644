// Which words of a configuration nobody may read over somebody's shoulder.
#pragma once

#include <string>
#include <string_view>

namespace config {

// Passwords and keys follow this keyword. Also a misspelt one: `auth_pas secret` is a secret all the same.
bool introduces_secret(std::string_view keyword);

// The line of a file with an asterisk for every byte of a secret, so that carets stay where they are. A secret follows
// its keyword, and reaches to the end of the line because what is left over there may be the rest of it; the name of a key
// and the file it is in are none. So is a definition whose name says that it is one.
std::string without_secrets(std::string_view line);
// All of a line that is known to hold one: the value of a definition, the values of a list.
std::string without_values(std::string_view line);

}  // namespace config
