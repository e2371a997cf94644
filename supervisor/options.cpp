#include "supervisor/options.hpp"

#include <unistd.h>

#include <array>
#include <string_view>

namespace supervisor {
namespace {

constexpr const char* kDefaultFiles[] = {"/etc/vigie/vigie.conf",
                                         "/etc/keepalived/keepalived.conf"};

enum class Word { kForeground, kFile, kConfigId, kRunDir, kStateDir, kTest, kVersion, kHelp };

struct Option {
  std::string_view name;
  Word word;
  bool takes_value;
};

// The second spellings are keepalived's, so that a service file written for it goes on working.
constexpr std::array kOptions{
    Option{"-n", Word::kForeground, false},
    Option{"--foreground", Word::kForeground, false},
    Option{"--dont-fork", Word::kForeground, false},
    Option{"-f", Word::kFile, true},
    Option{"--file", Word::kFile, true},
    Option{"--use-file", Word::kFile, true},
    Option{"-i", Word::kConfigId, true},
    Option{"--config-id", Word::kConfigId, true},
    Option{"--run-dir", Word::kRunDir, true},
    Option{"--state-dir", Word::kStateDir, true},
    Option{"-t", Word::kTest, false},
    Option{"--config-test", Word::kTest, false},
    Option{"-v", Word::kVersion, false},
    Option{"--version", Word::kVersion, false},
    Option{"-h", Word::kHelp, false},
    Option{"--help", Word::kHelp, false},
};

const Option* find(std::string_view name) {
  for (const Option& option : kOptions)
    if (option.name == name) return &option;
  return nullptr;
}

void apply(Word word, std::string_view value, Options& options) {
  switch (word) {
    case Word::kForeground: options.log_to_stderr = true; break;
    case Word::kFile: options.file = value; break;
    case Word::kConfigId: options.config_id = value; break;
    case Word::kRunDir: options.run_dir = value; break;
    case Word::kStateDir: options.state_dir = value; break;
    case Word::kTest: options.act = Options::Act::kTest; break;
    case Word::kVersion: options.act = Options::Act::kVersion; break;
    case Word::kHelp: options.act = Options::Act::kHelp; break;
  }
}

}  // namespace

base::Result<Options, std::string> parse_options(int argc, const char* const* argv) {
  Options options;
  options.command_line.assign(argv, argv + argc);
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.starts_with("--") ? argument.find('=') : argument.npos;
    const std::string_view name = argument.substr(0, equals);
    const Option* option = find(name);
    if (option == nullptr) return "unknown option " + std::string(name);
    if (!option->takes_value) {
      if (equals != argument.npos) return std::string(name) + " takes no value";
      apply(option->word, {}, options);
      continue;
    }
    std::string_view value;
    if (equals != argument.npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (value.empty()) return std::string(name) + " needs a value";
    apply(option->word, value, options);
  }
  return options;
}

std::string configuration_file(const Options& options) {
  if (!options.file.empty()) return options.file;
  for (const char* file : kDefaultFiles)
    if (::access(file, F_OK) == 0) return file;
  return kDefaultFiles[0];
}

std::string help_text() {
  return R"(vigied - the VRRP daemon of vigie

  vigied [-n] [-f FILE] [-i ID] [--run-dir DIR] [--state-dir DIR]
  vigied -t [-f FILE] [-i ID]

  -f, --file FILE       the configuration; default /etc/vigie/vigie.conf if it exists,
                        else /etc/keepalived/keepalived.conf
  -i, --config-id ID    what `@id` lines in the configuration are compared with;
                        default the host's name up to its first dot
  -n, --foreground      log on standard error. Without it lines go to the journal or
                        syslog. vigied never puts itself in the background: that is the
                        service manager's business
      --run-dir DIR     sockets, board and ledger; on tmpfs; default /run/vigie
      --state-dir DIR   the history's database; default /var/lib/vigie
  -t, --config-test     read the configuration, show what is wrong with it, and end:
                        0 nothing, 5 warnings or errors, 6 one of them is that others can
                        change what root runs, 4 there is no such file
  -v, --version
  -h, --help

SIGHUP, or vigie reload, puts what the file says now in force; on any error what runs goes on.
vigie upgrade replaces every process by what is installed now, without an interruption.
SIGTERM and SIGINT stop it: every instance hands over, notify scripts are waited for, and
all processes end; usually within a second and, at adverts each second, within 39 s
whoever hangs. The kernel is left as it was found. It exits with 0 after an orderly stop,
2 when the configuration has errors, 1 when it cannot run.
Several can run at once, each with directories of its own.
)";
}

}  // namespace supervisor
