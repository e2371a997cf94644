#include "runner/fifo_lines.hpp"

#include <utility>

namespace runner {

using base::State;

namespace {

std::string line(std::string_view kind, std::string_view name, std::string_view word,
                 unsigned priority) {
  return std::string(kind) + " \"" + std::string(name) + "\" " + std::string(word) + " " +
         std::to_string(priority) + "\n";
}

bool is_told(State state) { return state != State::kInitialize; }

}  // namespace

bool is_removal(const feed::Record& transition) {
  return transition.to == State::kStopped && transition.cause == base::Cause::kReload;
}

std::string_view removal_word(bool tells_deletion) {
  return tells_deletion ? "DELETED" : to_string(State::kFault);
}

FifoLines::FifoLines(const config::Model& model) {
  for (const config::Instance& instance : model.instances)
    instances_[instance.name].tells_deletion = instance.tells_deletion;
}

void FifoLines::reconfigure(const config::Model& before, const config::Model& now,
                            const config::Lineage& lineage) {
  const auto old = std::exchange(instances_, FifoLines(now).instances_);
  for (std::size_t i = 0; i < lineage.instances.size(); ++i) {
    if (!lineage.instances[i]) continue;
    const auto was = old.find(before.instances[*lineage.instances[i]].name);
    if (was != old.end()) instances_[now.instances[i].name].state = was->second.state;
  }
  // How they left is still to be told.
  for (const auto& [name, known] : old) {
    if (known.is_gone) continue;
    const auto [place, is_new] = instances_.emplace(name, known);
    if (is_new) place->second.is_gone = true;
  }
}

void FifoLines::knew(std::string_view instance, State state) {
  if (const auto known = instances_.find(instance); known != instances_.end())
    known->second.state = state;
}

std::optional<std::string> FifoLines::line_for(const feed::Record& record) {
  using feed::Kind;
  const std::string_view name = feed::get_text(record.name);
  if (name.empty()) return std::nullopt;
  if (record.kind == Kind::kGroup)
    return is_told(record.to) ? std::optional(line("GROUP", name, to_string(record.to), 0))
                              : std::nullopt;
  const auto known = instances_.find(name);
  if (known == instances_.end()) return std::nullopt;
  if (record.kind == Kind::kTransition) {
    known->second.state = record.to;
    if (!is_told(record.to)) return std::nullopt;
    return line(
        "INSTANCE", name,
        is_removal(record) ? removal_word(known->second.tells_deletion) : to_string(record.to),
        record.priority);
  }
  if (record.kind == Kind::kPriority) {
    if (record.to != State::kMaster && record.to != State::kBackup) return std::nullopt;
    return line("INSTANCE", name, std::string(to_string(record.to)) + "_PRIORITY", record.priority);
  }
  // Two masters, raised, of whom we are one and the better one.
  if (record.kind == Kind::kContest && record.status == 1 &&
      known->second.state == State::kMaster && record.peer_priority < record.priority)
    return line("INSTANCE", name, "MASTER_RX_LOWER_PRI", record.priority);
  return std::nullopt;
}

std::vector<std::string> lines_of_now(const std::vector<feed::Row>& rows,
                                      const std::vector<feed::GroupRow>& groups) {
  std::vector<std::string> lines;
  for (const feed::Row& row : rows)
    if (is_told(row.state))
      lines.push_back(
          line("INSTANCE", feed::get_text(row.name), to_string(row.state), row.effective_priority));
  for (const feed::GroupRow& group : groups)
    if (is_told(group.state))
      lines.push_back(line("GROUP", feed::get_text(group.name), to_string(group.state), 0));
  return lines;
}

}  // namespace runner
