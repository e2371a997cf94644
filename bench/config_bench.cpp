// How long a configuration is read: one of 5,000 lines written out, and the same routers by definitions and a sequence.
//
//   build/bench/config_bench
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "engine/config/parser.hpp"

namespace {

constexpr int kInstances = 250;

std::string instance(const std::string& number, const std::string& vrid, const std::string& end) {
  const char* lines[] = {"vrrp_instance V@ {",
                         "    state BACKUP",
                         "    interface eth@",
                         "    virtual_router_id %",
                         "    priority 100  # of both routers",
                         "    advert_int 1",
                         "    nopreempt",
                         "    authentication {",
                         "        auth_type PASS",
                         "        auth_pass secret@",
                         "    }",
                         "    virtual_ipaddress {",
                         "        10.1.%.1/24 dev eth@ label eth@:1",
                         "        10.2.%.1/24",
                         "        10.3.%.1/24",
                         "    }",
                         "    notify_master \"/etc/keepalived/notify.sh 'V @' master\"",
                         "    garp_master_delay 1",
                         "    ! end of V@",
                         "}"};
  std::string made;
  for (std::string line : lines) {
    for (std::size_t at = 0; (at = line.find_first_of("@%", at)) != std::string::npos;)
      line.replace(at, 1, line[at] == '@' ? number : vrid);
    made += line + end + "\n";
  }
  return made;
}

std::string written_out() {
  std::string text = "global_defs {\n    router_id bench\n}\n";
  for (int i = 1; i <= kInstances; ++i) text += instance(std::to_string(i), std::to_string(i), "");
  return text;
}

std::string by_sequence() {
  const std::string definition = instance("${N}", "${N}", " \\");
  return "$V= \\\n" + definition.substr(0, definition.size() - 3) + "\n~SEQ(N, 1, " +
         std::to_string(kInstances) + ") $V\n";
}

void read(benchmark::State& state, const std::string& text) {
  config::FileReader reader;
  reader.glob = [](const std::string&) { return std::vector<std::string>{}; };
  reader.read = [&](const std::string&) { return text; };
  for (auto _ : state) {
    const config::Parsed parsed = config::parse("/etc/vigie.conf", reader);
    if (!parsed.usable() || parsed.model.instances.size() != kInstances)
      state.SkipWithError("the text is not what it should be");
  }
  state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}

void FiveThousandLines(benchmark::State& state) { read(state, written_out()); }
BENCHMARK(FiveThousandLines)->Unit(benchmark::kMillisecond);

void TheSameRoutersByASequence(benchmark::State& state) { read(state, by_sequence()); }
BENCHMARK(TheSameRoutersByASequence)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
