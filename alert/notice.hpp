// Which records become a mail, and what it says. Pure.
//
// Subjects and first lines are keepalived's, so that filters made for them go on working; below them our cause.
#pragma once

#include <optional>
#include <string>

#include "alert/message.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/record.hpp"

namespace alert {

// Does the configuration ask for a mail about this record? Transitions of instances and changes of groups with smtp_alert,
// to MASTER, BACKUP, FAULT (unless no_email_faults) and the stop; and conditions of such instances, or of the router when
// there is any such instance or group (how often, is Conditions' business).
bool wants_mail(const feed::Record& record, const config::Model& model);

struct Origin {
  std::string router;  // router_id, or the host's name
  std::string host;    // right side of the Message-ID
  std::uint64_t ledger_identity = 0;
};

// The same record always gives the same mail, Date and Message-ID included: what arrives twice can be seen to be one.
// `details`: lines that stand below the cause; may be empty.
Message notice_of(const feed::Record& record, const Origin& origin, const Mailbox& from,
                  const std::vector<Mailbox>& to, std::string_view details = {});

}  // namespace alert
