// vigie-config: reads a configuration once, says what it thinks of it, writes the compiled form, ends.
//
//   vigie-config --file PATH --output PATH     findings on standard error; 0 clean, 1 warnings, 2 refused
//       --config-id ID                         for `@id` lines; empty: the host's name
//       --summary-fd N                         and in short (config::Summary) on that descriptor
//   vigie-config --messages                    docs/messages.md
//   vigie-config --manual                      docs/config.md
//   vigie-config --man                         vigie.conf(5)
//   vigie-config --differences                 docs/differences.md
//
// Spawned by the supervisor at the start and for every reload, so that a text of any kind is only ever parsed by a
// process that can be lost. Nothing is written unless the configuration is usable; the output appears whole or not.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/os/fd.hpp"
#include "engine/config/codes.hpp"
#include "engine/config/compiled.hpp"
#include "engine/config/manual.hpp"
#include "engine/config/parser.hpp"
#include "engine/config/summary.hpp"

namespace {

constexpr int kRefused = 2;

base::Status write_all(int fd, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return base::Error::last("write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return base::ok();
}

// The bytes under their name, or what was there before: never half of them. Readable by the owner and the group alone,
// since passwords are in them; whoever starts us owns the directory and decides the group.
base::Status write_atomically(const std::string& path, std::span<const std::byte> bytes) {
  const std::string fresh = path + ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) return base::Error::last("remove", fresh);
  base::os::UniqueFd fd{
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640)};
  if (!fd) return base::Error::last("create", fresh);
  if (auto written = write_all(fd.get(), bytes, fresh); !written) {
    (void)::unlink(fresh.c_str());  // the error to report is the first one
    return written.error();
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    auto error = base::Error::last("rename to", path);
    (void)::unlink(fresh.c_str());  // likewise
    return error;
  }
  return base::ok();
}

config::Summary summary_of(const config::Parsed& parsed) {
  config::Summary summary;
  const config::Diagnostic* first = nullptr;
  for (const config::Diagnostic& finding : parsed.findings) {
    if (finding.severity == config::Severity::kError) ++summary.errors;
    if (finding.severity == config::Severity::kWarning) ++summary.warnings;
    if (finding.code == to_string(config::Code::kScriptUnsafe)) ++summary.unsafe_scripts;
    const bool is_worse = first == nullptr || finding.severity > first->severity;
    if (finding.severity != config::Severity::kNote && is_worse) first = &finding;
  }
  if (first == nullptr) return summary;
  std::string text;
  if (first->at.file < parsed.files.size())
    text = parsed.files[first->at.file].path + ":" + std::to_string(first->at.line) + ":" +
           std::to_string(first->at.column) + ": ";
  text += first->message;
  (void)text.copy(summary.first.data(), summary.first.size() - 1);  // what fits
  return summary;
}

// Pages of the documentation that the tables write.
struct Page {
  std::string_view option;
  std::string (*write)();
};
constexpr Page kPages[] = {{"--messages", config::messages_page},
                           {"--manual", config::manual_page},
                           {"--man", config::manual_roff},
                           {"--differences", config::differences_page}};

int usage() {
  std::fputs(
      "usage: vigie-config --file PATH --output PATH [--summary-fd N]\n"
      "       vigie-config --messages|--manual|--man|--differences\n",
      stderr);
  return kRefused;
}

}  // namespace

int main(int count, char** words) {
  std::string file;
  std::string output;
  config::Options options;
  int summary_fd = -1;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    for (const Page& page : kPages) {
      if (word != page.option) continue;
      std::fputs(page.write().c_str(), stdout);
      return 0;
    }
    if (i + 1 >= count) return usage();
    if (word == "--file") {
      file = words[++i];
    } else if (word == "--output") {
      output = words[++i];
    } else if (word == "--config-id") {
      options.id = words[++i];
    } else if (word == "--summary-fd") {
      summary_fd = std::atoi(words[++i]);
    } else {
      return usage();
    }
  }
  if (file.empty() || output.empty()) return usage();

  const config::Parsed parsed = config::parse(file, config::disk(), options);
  std::fputs(config::render(parsed.findings, parsed.files).c_str(), stderr);
  if (summary_fd >= 0) {
    const config::Summary summary = summary_of(parsed);
    if (auto said = write_all(summary_fd, std::as_bytes(std::span(&summary, 1)), "summary"); !said)
      std::fprintf(stderr, "error: %s\n", base::to_string(said.error()).c_str());
  }
  if (!parsed.usable()) return kRefused;
  if (auto written = write_atomically(output, config::compile(parsed.model)); !written) {
    std::fprintf(stderr, "error: %s\n", base::to_string(written.error()).c_str());
    return kRefused;
  }
  return config::exit_code(parsed.findings);
}
