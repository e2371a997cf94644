// A record as people read it. The same words go to the log, the mail, the trap, the row and `vigie why`.
#pragma once

#include <string>

#include "engine/feed/record.hpp"

namespace feed {

// Why, in one sentence without a full stop:
// "no advert from 192.0.2.2 (priority 150) for 3.61 s"; "check check_routeur failed: exit status 1".
std::string because(const Record& record);

// What and why in one line:
// "VI_ROUTEUR: BACKUP -> MASTER: no advert from 192.0.2.2 (priority 150) for 3.61 s".
std::string headline(const Record& record);

// Text from outside (a script's output, a name) without control characters and without runs of blanks, so that it cannot
// make lines or move the cursor where it is shown.
std::string one_line(std::string_view text);

// Why two masters do not settle it, by the word the board and a kContest record carry: "we hear it and it does not hear
// us". A word this version does not know is its own explanation.
std::string_view contest_words(std::string_view reason);

std::string_view to_string(Kind kind);  // "transition"

}  // namespace feed
