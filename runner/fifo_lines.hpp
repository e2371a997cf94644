// The lines that FIFOs are told, as keepalived writes them:
//
//   INSTANCE "VI_1" MASTER 150                   a transition and the effective priority
//   INSTANCE "VI_1" MASTER_RX_LOWER_PRI 150      another master of lower priority was heard
//   INSTANCE "VI_1" BACKUP_PRIORITY 120          the effective priority moved, where that is asked for
//   GROUP "G1" MASTER 0                          a sync group has no priority
//
// An instance that a reload removes is told FAULT, or DELETED where notify_deleted says so.
//
// Pure. Instances are known by name, as records are; one that is gone from the configuration is known until the
// configuration after that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/lineage.hpp"
#include "engine/config/model.hpp"
#include "engine/feed/board.hpp"
#include "engine/feed/record.hpp"

namespace runner {

// Whether a transition says that a reload has removed the instance.
bool is_removal(const feed::Record& transition);
// What that is called; `tells_deletion`: by who has notify_deleted.
std::string_view removal_word(bool tells_deletion);

class FifoLines {
 public:
  explicit FifoLines(const config::Model& model);
  void reconfigure(const config::Model& before, const config::Model& now,
                   const config::Lineage& lineage);
  // What an instance was when the records began.
  void knew(std::string_view instance, base::State state);

  // Nothing for records that FIFOs are not told of. With its newline.
  std::optional<std::string> line_for(const feed::Record& record);

 private:
  struct Known {
    bool tells_deletion = false;
    base::State state = base::State::kInitialize;
    bool is_gone = false;
  };
  std::map<std::string, Known, std::less<>> instances_;
};

// What instances and groups are now, for who was told too little.
std::vector<std::string> lines_of_now(const std::vector<feed::Row>& rows,
                                      const std::vector<feed::GroupRow>& groups);

}  // namespace runner
