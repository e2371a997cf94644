#include "monit/snippets.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

namespace monit {
namespace {

// Between quotes of the kind the text does not contain: monit knows no escape.
std::optional<std::string> quoted(const std::string& text) {
  for (const unsigned char letter : text)
    if (letter < ' ' || letter == 0x7f) return std::nullopt;
  for (const char quote : {'"', '\''})
    if (text.find(quote) == std::string::npos) return quote + text + quote;
  return std::nullopt;
}

// The name of a check: letters, digits and underscores, as every version of monit takes them.
std::string plain(std::string text) {
  for (char& letter : text)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  return text;
}

class Writer {
 public:
  explicit Writer(const SnippetOptions& options) : options_(options) {}

  void comment(const std::string& text) { text_ += "# " + plain_line(text) + "\n"; }
  void check(const std::string& kind, const std::string& name, const std::string& how,
             const std::string& path, const std::vector<std::string>& tests) {
    const auto target = quoted(path);
    if (!target) {
      comment("not watched, as monit has no way to write this path: " + path);
      return;
    }
    text_ += "check " + kind + " " + plain(options_.group) + "_" + plain(name) + " with " + how +
             " " + *target + "\n";
    for (const std::string& test : tests) text_ += "    " + test + "\n";
    text_ += "    group " + plain(options_.group) + "\n\n";
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string plain_line(std::string text) {
    for (char& letter : text)
      if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
    return text;
  }
  const SnippetOptions& options_;
  std::string text_;
};

std::vector<std::uint16_t> instances_of(const config::Model& model, const config::Flags& flags) {
  if (!flags.instances.empty()) return flags.instances;
  std::vector<std::uint16_t> all(model.instances.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  return all;
}

bool is_primary(const config::Model& model, const config::Flags& flags, Role role) {
  if (role != Role::kFromConfiguration) return role == Role::kPrimary;
  const auto instances = instances_of(model, flags);
  return std::any_of(instances.begin(), instances.end(), [&](std::uint16_t index) {
    return index < model.instances.size() && model.instances[index].starts_as_master;
  });
}

// The heartbeat is kept by the runner, which runs when there is anything to run or to flag.
bool has_heartbeat(const config::Model& model) {
  return !model.flags.empty() || !model.scripts.empty() ||
         std::any_of(model.instances.begin(), model.instances.end(),
                     [](const config::Instance& instance) {
                       return instance.notify_master.is_set() || instance.notify_backup.is_set() ||
                              instance.notify_fault.is_set() || instance.notify_stop.is_set() ||
                              instance.notify.is_set();
                     });
}

// A block has no name of its own: with several, a number tells their checks apart.
std::string name_of(const config::Model& model, std::size_t block, const std::string& what) {
  return model.flags.size() > 1 ? what + "_" + std::to_string(block + 1) : what;
}

}  // namespace

std::string snippets(const config::Model& model, const SnippetOptions& options) {
  Writer out(options);
  out.comment("Watches vigie" + (model.router_id.empty() ? "" : " on " + model.router_id) +
              ". Made from its configuration by `vigie monit`.");
  for (std::size_t i = 0; i < model.flags.size(); ++i) {
    const config::Flags& flags = model.flags[i];
    // Every check of a file names existence itself: without such a test monit would add its own, which restarts.
    if (!flags.permit_file.empty()) {
      out.comment("Taken away by an operator, this keeps the router from being master.");
      out.check("file", name_of(model, i, "permit"), "path", flags.permit_file,
                {"if does not exist for 2 cycles then alert"});
    }
    if (flags.active_file.empty()) continue;
    const bool primary = is_primary(model, flags, options.role);
    out.comment(primary ? "This router is meant to be master: something is wrong while it is not."
                        : "This router stands by: it is master only when another one is missing.");
    out.check("file", name_of(model, i, "active"), "path", flags.active_file,
              {primary ? "if does not exist for 2 cycles then alert" : "if exist then alert"});
  }
  out.comment("The daemon itself.");
  out.check("process", "daemon", "pidfile", options.run_dir + "/vigied.pid",
            {"if does not exist then alert"});
  if (has_heartbeat(model)) {
    out.comment(
        "Touched every second while the engine is alive: when it is old, the files above speak for "
        "nobody.");
    out.check(
        "file", "heartbeat", "path", options.run_dir + "/heartbeat",
        {"if does not exist for 2 cycles then alert", "if timestamp > 10 seconds then alert"});
  }
  if (!options.status_command.empty()) {
    out.comment("What vigie thinks of itself.");
    out.check("program", "status", "path", options.status_command,
              {"with timeout 5 seconds", "if status != 0 then alert"});
  }
  return out.take();
}

}  // namespace monit
