// vigie: asks the files a vigied leaves, and changes what an operator may change.
//
// Exit status: 0 done, 1 not possible, 2 not understood; `check`: 0 clean, 1 warnings, 2 errors;
// `plan`: 2 also when FILE has errors.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>

#include "base/os/clock.hpp"
#include "cli/check.hpp"
#include "cli/explain.hpp"
#include "cli/past.hpp"
#include "cli/peers.hpp"
#include "cli/plan.hpp"
#include "cli/reload.hpp"
#include "cli/routing.hpp"
#include "cli/scan.hpp"
#include "cli/status.hpp"
#include "cli/switchover.hpp"
#include "cli/upgrade.hpp"
#include "cli/words.hpp"
#include "engine/config/manual.hpp"
#include "monit/snippets.hpp"

namespace {

using cli::Directories;

constexpr int kFailed = 1;
constexpr int kNotUnderstood = 2;

int fail(const base::Error& error) {
  fmt::print(stderr, "vigie: {}\n", to_string(error));
  return kFailed;
}

std::string pretty(const nlohmann::ordered_json& json) {
  // Text of scripts and packets may be any bytes: what is no UTF-8 is replaced.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

int status(const Directories& directories, const std::string& instance, bool json) {
  const auto facts = cli::Facts::open(directories);
  if (!facts) return fail(facts.error());
  cli::Status status = cli::read_status(*facts, base::os::now(), base::os::wall_ns());
  if (!instance.empty()) {
    std::erase_if(status.instances, [&](const cli::InstanceStatus& one) {
      return feed::get_text(one.row.name) != instance;
    });
    if (status.instances.empty())
      return fail(base::Error::because("show status", "there is no such instance", instance));
  }
  if (json) {
    fmt::print("{}", pretty(to_json(status)));
  } else if (instance.empty()) {
    fmt::print("{}", render_table(status));
  } else {
    fmt::print("{}", render_detail(status, status.instances.front()));
  }
  return status.is_running() ? 0 : kFailed;
}

int peers(const Directories& directories, const std::string& instance, bool json) {
  const auto facts = cli::Facts::open(directories);
  if (!facts) return fail(facts.error());
  // Only for showing our own list of addresses beside theirs.
  const auto model = cli::running_configuration(directories);
  const cli::Peers peers = cli::read_peers(*facts, instance, model ? &*model : nullptr,
                                           base::os::now(), base::os::wall_ns());
  if (peers.instances.empty() && !instance.empty())
    return fail(base::Error::because("show peers", "there is no such instance", instance));
  fmt::print("{}", json ? pretty(to_json(peers)) : render_peers(peers));
  return 0;
}

int scan(const Directories& directories, bool json) {
  const auto facts = cli::Facts::open(directories);
  if (!facts) return fail(facts.error());
  const cli::Scan scan = cli::read_scan(*facts, base::os::now(), base::os::wall_ns());
  fmt::print("{}", json ? pretty(to_json(scan)) : render_scan(scan));
  return 0;
}

struct CheckWish {
  std::string file;
  config::Options options;
  bool explain = false;
  bool json = false;
};

int check(const CheckWish& wish) {
  const config::Parsed parsed = config::parse(wish.file, cli::check_reader(), wish.options);
  if (wish.json) {
    fmt::print("{}", pretty(cli::check_json(wish.file, parsed)));
  } else {
    const std::string text = cli::render_check(wish.file, parsed);
    fmt::print("{}", cli::wants_colour() ? cli::coloured(text) : text);
    if (wish.explain && parsed.usable()) fmt::print("\n{}", cli::render_explanation(parsed.model));
  }
  return config::exit_code(parsed.findings);
}

int keyword(const std::string& name) {
  if (name.empty()) {
    for (const std::string_view one : config::keyword_names()) fmt::print("{}\n", one);
    return 0;
  }
  const std::string help = config::keyword_help(name);
  if (!help.empty()) {
    fmt::print("{}", help);
    return 0;
  }
  const std::string_view near = config::nearest(name, config::keyword_names());
  fmt::print(stderr, "vigie: there is no keyword `{}`{}\n", name,
             near.empty() ? std::string() : fmt::format("; did you mean `{}`?", near));
  return kFailed;
}

struct PlanWish {
  std::string file;  // empty: the running configuration
  std::string from;  // empty: the running configuration
  std::vector<std::string> failing;
  config::Options options;
  bool json = false;
};

// What it says when there is no usable configuration has been printed.
struct Refused {
  int status = kFailed;
};

tl::expected<config::Model, Refused> model_of(const std::string& file, const PlanWish& wish,
                                              const Directories& directories) {
  if (file.empty()) {
    auto running = cli::running_configuration(directories);
    if (!running) return tl::unexpected(Refused{fail(running.error())});
    return *std::move(running);
  }
  config::Parsed parsed = config::parse(file, cli::check_reader(), wish.options);
  if (parsed.usable()) return std::move(parsed.model);
  if (wish.json) {
    fmt::print("{}", pretty(cli::check_json(file, parsed)));
  } else {
    const std::string text = cli::render_check(file, parsed);
    fmt::print("{}", cli::wants_colour() ? cli::coloured(text) : text);
  }
  return tl::unexpected(Refused{kNotUnderstood});
}

int plan_failures(const PlanWish& wish, const config::Model& model,
                  const cli::Situation& situation) {
  const bool each = wish.failing.size() == 1 && wish.failing.front() == "each";
  std::vector<cli::Failure> failures;
  if (each) failures = cli::every_failure(model, situation);
  for (const std::string& text : wish.failing) {
    if (each) break;
    const auto failure = cli::failure_of(text, model, situation);
    if (!failure) {
      fmt::print(stderr, "vigie: {}\n", to_string(failure.error()));
      return kNotUnderstood;
    }
    failures.push_back(*failure);
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const auto tell = [&](std::span<const cli::Failure> together) {
    const cli::Forecast forecast = cli::foretell(model, situation, together);
    if (wish.json)
      list.push_back(to_json(forecast));
    else
      fmt::print("{}", render_forecast(forecast));
  };
  if (each)
    for (const cli::Failure& failure : failures) tell(std::span(&failure, 1));
  else
    tell(failures);
  if (wish.json) fmt::print("{}", pretty(each ? list : list.front()));
  if (!wish.json && !situation.is_running)
    fmt::print(
        "no vigied runs in this directory: every instance is taken for MASTER, and nobody else is "
        "known\n");
  return 0;
}

int plan(const Directories& directories, const PlanWish& wish) {
  if (wish.file.empty() && wish.failing.empty()) {
    fmt::print(stderr, "vigie: plan what? a FILE to reload to, or --fail; see vigie plan --help\n");
    return kNotUnderstood;
  }
  const auto now = model_of(wish.file, wish, directories);
  if (!now) return now.error().status;
  const auto at = base::os::now();
  const auto at_wall_ns = base::os::wall_ns();
  // A daemon that has ended left its last word: nobody is master by it.
  std::optional<cli::Facts> facts;
  if (auto found = cli::Facts::open(directories);
      found && cli::read_status(*found, at, at_wall_ns).is_running())
    facts = *std::move(found);
  if (!wish.failing.empty())
    return plan_failures(wish, *now,
                         facts ? cli::read_situation(*facts, directories, *now, at, at_wall_ns)
                               : cli::situation_of_file(*now));
  const auto before = model_of(wish.from, wish, directories);
  if (!before) return before.error().status;
  cli::Plan plan = cli::make_plan(*before, *now, facts && wish.from.empty() ? &*facts : nullptr,
                                  directories, at, at_wall_ns);
  plan.from = wish.from.empty() ? "the running configuration" : wish.from;
  plan.to = wish.file;
  fmt::print("{}", wish.json ? pretty(to_json(plan)) : render_plan(plan));
  return 0;
}

struct HistoryWish {
  std::string instance;
  std::string since;
  std::vector<std::string> kinds;
  std::size_t limit = 100;
  bool all = false;
  bool json = false;
};

int history(const Directories& directories, const HistoryWish& wish) {
  store::History::Filter filter;
  filter.instance = wish.instance;
  filter.limit = wish.limit;
  filter.transitions_only = !wish.all;
  filter.kinds = wish.kinds;
  if (!wish.since.empty()) {
    const auto since = cli::parse_since(wish.since, base::os::wall_ns());
    if (!since) {
      fmt::print(
          stderr,
          "vigie: --since {}: neither a time span such as 2h nor a date such as 2026-11-21T22:30\n",
          wish.since);
      return kNotUnderstood;
    }
    filter.since_wall_ns = *since;
  }
  auto database = store::History::open(cli::history_file(directories));
  if (!database) return fail(database.error());
  const auto events = database->list(filter);
  if (!events) return fail(events.error());
  fmt::print("{}", wish.json ? pretty(cli::history_json(*events)) : cli::render_history(*events));
  return 0;
}

int why(const Directories& directories, const std::string& instance) {
  const auto sentence = cli::why(instance, directories);
  if (!sentence) return fail(sentence.error());
  fmt::print("{}\n", *sentence);
  return 0;
}

struct MonitWish {
  std::string file;
  monit::SnippetOptions options;
};

int print_monit(const Directories& directories, MonitWish wish) {
  wish.options.run_dir = directories.run;
  if (!wish.file.empty()) {
    const config::Parsed parsed = config::parse(wish.file, config::disk());
    if (!parsed.usable())
      return fail(
          base::Error::because("use configuration", "it has errors; see vigie check", wish.file));
    fmt::print("{}", monit::snippets(parsed.model, wish.options));
    return 0;
  }
  const auto model = cli::running_configuration(directories);
  if (!model) return fail(model.error());
  fmt::print("{}", monit::snippets(*model, wish.options));
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app{"vigie: what the VRRP daemon vigied does and did"};
  app.require_subcommand(0, 1);  // checked below: a mistyped command should be named, not missed
  app.fallthrough();             // --run-dir may stand before or after the command
  Directories directories;
  app.add_option("--run-dir", directories.run, "vigied's run directory")->capture_default_str();
  app.add_option("--state-dir", directories.state, "vigied's state directory")
      ->capture_default_str();

  int result = 0;
  std::string instance;
  bool json = false;
  const auto add_instance = [&](CLI::App* command) {
    return command->add_option("INSTANCE", instance, "only this instance");
  };
  const auto add_json = [&](CLI::App* command) {
    command->add_flag("--json", json, "for programs");
  };

  const auto add_config_id = [](CLI::App* command, config::Options& options) {
    command->add_option("-i,--config-id", options.id,
                        "which `@id` lines count; default: the host's name up to its first dot");
  };

  CLI::App* command = app.add_subcommand("status", "what every instance is now, and why");
  add_instance(command);
  add_json(command);
  command->callback([&] { result = status(directories, instance, json); });

  command = app.add_subcommand("peers", "who was heard, and in what it differs from this router");
  add_instance(command);
  add_json(command);
  command->callback([&] { result = peers(directories, instance, json); });

  command =
      app.add_subcommand("scan", "which virtual routers are on the LAN, and which VRIDs are free");
  add_json(command);
  command->callback([&] { result = scan(directories, json); });

  CheckWish check_wish;
  command = app.add_subcommand("check", "read a configuration and say what is odd about it");
  command->add_option("FILE", check_wish.file, "the configuration; - is standard input")
      ->required();
  command->add_flag("--explain", check_wish.explain,
                    "say in sentences what it makes the router do");
  command->add_flag("--json", check_wish.json, "for programs");
  add_config_id(command, check_wish.options);
  command->callback([&] { result = check(check_wish); });

  std::string keyword_name;
  command = app.add_subcommand("keyword", "what a keyword of the configuration means");
  command->add_option("KEYWORD", keyword_name, "this one; without it: their list");
  command->callback([&] { result = keyword(keyword_name); });

  PlanWish plan_wish;
  command = app.add_subcommand(
      "plan", "what a reload would do, or who would be master if something failed");
  command->add_option("FILE", plan_wish.file,
                      "the configuration that would be; - is standard input");
  command->add_option("--from", plan_wish.from, "instead of the running one");
  command
      ->add_option(
          "--fail", plan_wish.failing,
          "a script, process, interface, permit file or peer that fails, or NAME=NUMBER for a "
          "tracked file; more than one fail together; `each`: one after the other")
      ->allow_extra_args(false);
  add_config_id(command, plan_wish.options);
  command->add_flag("--json", plan_wish.json, "for programs");
  command->callback([&] { result = plan(directories, plan_wish); });

  HistoryWish wish;
  command = app.add_subcommand("history", "what happened, oldest first");
  command->add_option("INSTANCE", wish.instance, "only this instance");
  command->add_option("--since", wish.since,
                      "not older than: 90s, 30m, 2h, 7d, or 2026-11-21T22:30");
  command->add_option("--limit", wish.limit, "the newest so many")->capture_default_str();
  command
      ->add_option("--kind", wish.kinds,
                   "only events of this kind, such as contest, mismatch, group; more than one: "
                   "--kind contest,clock")
      ->delimiter(',')
      ->transform(CLI::IsMember(cli::kinds_of_events()));
  command->add_flag("--all", wish.all, "every event, not transitions alone");
  command->add_flag("--json", wish.json, "for programs");
  command->callback([&] { result = history(directories, wish); });

  command = app.add_subcommand("why", "why an instance is what it is, in one sentence");
  add_instance(command)->required();
  command->callback([&] { result = why(directories, instance); });

  command =
      app.add_subcommand("enable-routing", "let this router be master: make the permit files");
  add_instance(command);
  command->callback(
      [&] { result = cli::set_routing(cli::Routing::kEnable, instance, directories); });
  command = app.add_subcommand("disable-routing",
                               "keep this router from being master: remove the permit files");
  add_instance(command);
  command->callback(
      [&] { result = cli::set_routing(cli::Routing::kDisable, instance, directories); });

  bool is_forced = false;
  command = app.add_subcommand(
      "switchover", "move mastership: a master hands over, a backup that gave way takes it back");
  command->add_option("NAME", instance, "an instance, or a sync group")->required();
  command->add_flag("--force", is_forced, "leave although nobody takes over");
  command->callback([&] { result = cli::switch_over(instance, is_forced, directories); });

  cli::MaintenanceWish maintenance_wish = cli::MaintenanceWish::kStatus;
  std::optional<std::string> lasts;
  command = app.add_subcommand("maintenance",
                               "hold every instance back, across restarts: on, off or status");
  command->add_option("WHAT", maintenance_wish, "on, off or status")
      ->required()
      ->type_name("")
      ->transform(CLI::CheckedTransformer(std::map<std::string, cli::MaintenanceWish>{
                                              {"on", cli::MaintenanceWish::kOn},
                                              {"off", cli::MaintenanceWish::kOff},
                                              {"status", cli::MaintenanceWish::kStatus}})
                      .description(""));
  command->add_option("--for", lasts, "ends by itself after so long: 90s, 30m, 2h, 7d");
  command->callback([&] { result = cli::maintain(maintenance_wish, lasts, directories); });

  MonitWish monit_wish;
  command = app.add_subcommand("monit", "a control file for monit that watches this vigie");
  command->add_option("-f,--file", monit_wish.file,
                      "of this configuration; else of the running one");
  const std::map<std::string, monit::Role> roles{{"auto", monit::Role::kFromConfiguration},
                                                 {"primary", monit::Role::kPrimary},
                                                 {"backup", monit::Role::kBackup}};
  command
      ->add_option("--role", monit_wish.options.role,
                   "whether this router is usually master: primary, backup, or auto as the "
                   "configuration says")
      ->transform(CLI::CheckedTransformer(roles));
  command->add_option("--group", monit_wish.options.group, "monit's group of all checks")
      ->capture_default_str();
  command->add_option("--status-command", monit_wish.options.status_command,
                      "a command to watch as well, such as \"/usr/bin/vigie status\"");
  command->callback([&] { result = print_monit(directories, monit_wish); });

  command = app.add_subcommand("reload", "read the configuration again and change over to it");
  command->callback([&] { result = cli::reload(directories); });

  bool force = false;
  command = app.add_subcommand(
      "upgrade", "replace every process by what is installed now; nothing is interrupted");
  command->add_flag("--force", force,
                    "when what is installed does not read what runs: depart and start from the "
                    "beginning");
  command->callback([&] { result = cli::upgrade(directories, force); });

  command = app.add_subcommand("version", "which vigie this is");
  command->callback([] { fmt::print("vigie {}\n", VIGIE_VERSION); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    fmt::print(stderr, "vigie: {}; see vigie --help\n", error.what());
    return kNotUnderstood;
  }
  if (app.get_subcommands().empty()) {
    fmt::print(stderr, "vigie: which command? see vigie --help\n");
    return kNotUnderstood;
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  const int result = run(argc, argv);
  // An answer that did not arrive is none: a full disk shows itself when the last of it is written.
  if (std::fflush(stdout) != 0) return fail(base::Error::last("write", "standard output"));
  return result;
} catch (const std::exception& error) {
  std::fprintf(stderr, "vigie: %s\n", error.what());
  return kFailed;
}
