#include "supervisor/handover.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace supervisor {

using base::Error;
using base::Result;
using base::Status;
using base::os::UniqueFd;

namespace {

static_assert(std::endian::native == std::endian::little,
              "it is read on the machine it is written on");

constexpr std::string_view kMagic = "VIGIEHND";
constexpr std::size_t kHeaderBytes = 8 + 4 + 4 + 8;  // magic, version, length of the rest, its sum
constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxList = 4096;

std::uint64_t fnv1a(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte one : bytes)
    hash = (hash ^ std::to_integer<std::uint64_t>(one)) * 0x100000001b3;
  return hash;
}

class Writer {
 public:
  template <typename T>
  requires std::is_integral_v<T>
  void operator()(const T& value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    const auto bytes = std::as_bytes(std::span(text));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  template <typename T, typename Each>
  void list(const std::vector<T>& those, Each each) {
    (*this)(static_cast<std::uint32_t>(those.size()));
    for (const T& one : those) each(one);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// One that ran out stays failed and answers zero.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
  template <typename T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    value = T{};
    if (const auto bytes = take(sizeof value); !bytes.empty())
      std::memcpy(&value, bytes.data(), sizeof value);
  }
  void operator()(std::string& text) {
    const auto bytes = take(count());
    text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  template <typename T, typename Each>
  void list(std::vector<T>& those, Each each) {
    const std::size_t size = count();
    if (size > kMaxList) is_whole_ = false;
    those.clear();
    for (std::size_t i = 0; i < size && is_whole_; ++i) each(those.emplace_back());
  }
  bool has_all() const { return is_whole_ && rest_.empty(); }

 private:
  std::size_t count() {
    std::uint32_t size = 0;
    (*this)(size);
    return size;
  }
  std::span<const std::byte> take(std::size_t size) {
    if (size > rest_.size()) {
      is_whole_ = false;
      rest_ = {};
      return {};
    }
    const auto head = rest_.first(size);
    rest_ = rest_.subspan(size);
    return head;
  }
  std::span<const std::byte> rest_;
  bool is_whole_ = true;
};

// One order for both ways.
template <typename Way, typename Those>
void walk(Way& way, Those& handover) {
  way(handover.version);
  way(handover.messages);
  way.list(handover.command_line, [&](auto& one) { way(one); });
  for (auto* text : {&handover.run_dir, &handover.state_dir, &handover.config_id, &handover.file})
    way(*text);
  way(handover.log_to_journal);
  way(handover.was_ready);
  way(handover.lock);
  way(handover.config);
  for (auto* pair : {&handover.board, &handover.ledger, &handover.memory})
    for (auto& fd : *pair) way(fd);
  for (auto& fd : handover.wiring) way(fd);
  way(handover.control.listener);
  way(handover.control.accepted);
  way(handover.control.oldest);
  way.list(handover.control.clients, [&](auto& client) {
    way(client.place);
    way(client.connection);
    way(client.descriptor);
  });
  way(handover.directory);
  way(handover.vigied);
  for (auto& fd : handover.programs) way(fd);
  way.list(handover.seats, [&](auto& seat) {
    way(seat.role);
    way(seat.runs_kept);
    way(seat.pid);
    way(seat.pidfd);
    way(seat.started_ns);
    way(seat.start_at_ns);
    way(seat.deaths);
  });
  way(handover.uid);
  way(handover.place);
  way(handover.connection);
  way(handover.to);
  way(handover.failure);
  way.list(handover.reloads, [&](auto& reload) {
    way(reload.uid);
    way(reload.waits);
    way(reload.place);
    way(reload.connection);
    way(reload.how);
  });
}

Error unusable(std::string_view why) {
  return Error::because("take over from another vigied", why);
}

// What a writer of this version can have written.
bool makes_sense(const Handover& handover) {
  const auto is_place = [](std::uint64_t place) { return place < ControlServer::kMaxClients; };
  std::array<bool, kRoles.size()> is_there{};
  for (const Handover::Seat& seat : handover.seats) {
    if (seat.role >= is_there.size() || std::exchange(is_there[seat.role], true)) return false;
    if (seat.pid < 0 || (seat.pid > 0) != (seat.pidfd >= 0)) return false;
  }
  std::array<bool, ControlServer::kMaxClients> is_taken{};
  for (const ControlServer::Client& client : handover.control.clients)
    if (!is_place(client.place) || std::exchange(is_taken[client.place], true) ||
        client.descriptor < 0)
      return false;
  return handover.seats.size() == kRoles.size() && is_place(handover.place) &&
         std::ranges::all_of(handover.reloads,
                             [&](const auto& reload) { return is_place(reload.place); }) &&
         !handover.run_dir.empty() && !handover.vigied.empty() && !handover.command_line.empty();
}

}  // namespace

std::vector<std::byte> encode(const Handover& handover) {
  Writer content;
  walk(content, handover);
  const std::vector<std::byte> rest = content.take();
  Writer header;
  for (const char c : kMagic) header(c);
  header(kHandoverVersion);
  header(static_cast<std::uint32_t>(rest.size()));
  header(fnv1a(rest));
  std::vector<std::byte> bytes = header.take();
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

Result<Handover> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    return unusable("what it left is no hand-over");
  Reader header(bytes.subspan(kMagic.size(), kHeaderBytes - kMagic.size()));
  std::uint32_t version = 0;
  std::uint32_t length = 0;
  std::uint64_t sum = 0;
  header(version);
  header(length);
  header(sum);
  if (version != kHandoverVersion)
    return unusable("what it left is of version " + std::to_string(version) +
                    ", and only version " + std::to_string(kHandoverVersion) + " is read");
  const auto rest = bytes.subspan(kHeaderBytes);
  if (rest.size() != length || fnv1a(rest) != sum) return unusable("what it left is damaged");
  Handover handover;
  Reader content(rest);
  walk(content, handover);
  if (!content.has_all() || !makes_sense(handover)) return unusable("what it left makes no sense");
  return handover;
}

std::vector<int> descriptors_of(const Handover& handover) {
  std::vector<int> list{handover.lock, handover.config, handover.control.listener};
  for (const auto& pair : {handover.board, handover.ledger, handover.memory})
    list.insert(list.end(), pair.begin(), pair.end());
  list.insert(list.end(), handover.wiring.begin(), handover.wiring.end());
  for (const ControlServer::Client& client : handover.control.clients)
    list.push_back(client.descriptor);
  for (const int fd : handover.programs)
    if (fd >= 0) list.push_back(fd);
  for (const Handover::Seat& seat : handover.seats)
    if (seat.pidfd >= 0) list.push_back(seat.pidfd);
  return list;
}

Status check_open(const Handover& handover) {
  std::vector<int> list = descriptors_of(handover);
  std::ranges::sort(list);
  if (std::ranges::adjacent_find(list) != list.end())
    return unusable("it names a descriptor twice");
  for (const int fd : list)
    if (::fcntl(fd, F_GETFD) < 0)
      return unusable("descriptor " + std::to_string(fd) + " is not open");
  return base::ok();
}

Result<UniqueFd> write_handover(const Handover& handover) {
  UniqueFd fd{::memfd_create("vigied-handover", MFD_CLOEXEC)};
  if (!fd) return Error::last("make room for a hand-over");
  const std::vector<std::byte> bytes = encode(handover);
  if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    return Error::last("write a hand-over");
  return fd;
}

Result<Handover> read_handover(int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return Error::last("read a hand-over");
  if (facts.st_size < 0 || facts.st_size > static_cast<off_t>(kMaxBytes))
    return unusable("what it left is too long");
  std::vector<std::byte> bytes(static_cast<std::size_t>(facts.st_size));
  if (::pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Error::last("read a hand-over");
  return decode(bytes);
}

}  // namespace supervisor
