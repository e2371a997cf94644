#include "supervisor/candidate.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/os/clock.hpp"
#include "base/os/host_name.hpp"

namespace supervisor {

using base::Error;
using base::Result;
using base::Status;

Result<Candidate> make_candidate(Compiled configuration, const std::string& file,
                                 const std::string& board) {
  Candidate made;
  // All map it, so the file position they share does not matter.
  made.file.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!made.file) return Error::last("open", file);
  const config::Model& model = configuration.model;
  auto opened =
      open_board(board,
                 {.rows = model.instances.size(),
                  .groups = model.groups.size(),
                  .configuration_hash = configuration.hash,
                  .router_id = model.router_id.empty() ? base::os::host_name() : model.router_id},
                 base::os::boot_id());
  if (!opened) return opened.error();
  made.board = std::move(*opened);
  auto view = base::os::Mapping::read_only(made.board.readable.get());
  if (!view) return view.error();
  made.board_view = std::move(*view);
  made.configuration = std::move(configuration);
  return made;
}

Status put_in_place(const Places& places) {
  Status status = base::ok();
  for (const auto& [from, to] : {std::pair{places.next_config(), places.config()},
                                 std::pair{places.next_board(), places.board()}})
    if (std::rename(from.c_str(), to.c_str()) != 0) status = Error::last("put in place", to);
  return status;
}

void discard_next(const Places& places) {
  // Either may not have been made.
  (void)::unlink(places.next_config().c_str());
  (void)::unlink(places.next_board().c_str());
}

}  // namespace supervisor
