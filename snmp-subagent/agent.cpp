#include "snmp-subagent/agent.hpp"

// Net-SNMP wants its configuration first and its main header before the others.
// clang-format off
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/library/large_fd_set.h>
// clang-format on

#include <cstdlib>
#include <memory>

#include "base/os/clock.hpp"
#include "base/os/log.hpp"

namespace snmp {
namespace {

constexpr int kReconnectSeconds = 1;
constexpr char kName[] = "vigie";

// Net-SNMP's callbacks carry no argument of ours that survives; there is one session per process by its own design.
struct Session {
  std::function<const List&(std::uint64_t)> objects;
  bool connected = false;
};
Session& session() {
  static Session the_session;
  return the_session;
}

struct FreeVariables {
  void operator()(netsnmp_variable_list* list) const { snmp_free_varbind(list); }
};
using Variables = std::unique_ptr<netsnmp_variable_list, FreeVariables>;

std::vector<oid> native(const Oid& name) { return {name.begin(), name.end()}; }

void set_value(netsnmp_variable_list* variable, const Value& value) {
  const auto set = [&](u_char type, const void* data, std::size_t length) {
    snmp_set_var_typed_value(variable, type, data, length);
  };
  const auto number = static_cast<std::uint32_t>(value.number);
  switch (value.syntax) {
    case Syntax::kInteger: {
      const long whole = static_cast<std::int32_t>(number);
      return set(ASN_INTEGER, &whole, sizeof whole);
    }
    case Syntax::kGauge:
    case Syntax::kCounter32:
    case Syntax::kTimeTicks: {
      const unsigned long whole = number;
      const u_char type = value.syntax == Syntax::kGauge       ? ASN_GAUGE
                          : value.syntax == Syntax::kCounter32 ? ASN_COUNTER
                                                               : ASN_TIMETICKS;
      return set(type, &whole, sizeof whole);
    }
    case Syntax::kCounter64: {
      const counter64 whole{static_cast<u_long>(value.number >> 32), number};
      return set(ASN_COUNTER64, &whole, sizeof whole);
    }
    case Syntax::kIpAddress: return set(ASN_IPADDRESS, value.octets.data(), value.octets.size());
    case Syntax::kOctets: return set(ASN_OCTET_STR, value.octets.data(), value.octets.size());
  }
}

int answer(netsnmp_mib_handler*, netsnmp_handler_registration*, netsnmp_agent_request_info* info,
           netsnmp_request_info* requests) {
  const List& list = session().objects(netsnmp_get_agent_uptime());
  for (netsnmp_request_info* request = requests; request != nullptr; request = request->next) {
    if (request->processed) continue;
    netsnmp_variable_list* variable = request->requestvb;
    const Oid asked(variable->name, variable->name + variable->name_length);
    if (info->mode == MODE_GET) {
      if (const Object* found = find(list, asked)) {
        set_value(variable, found->value);
      } else {
        netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
      }
    } else if (info->mode == MODE_GETNEXT) {
      // Untouched means "past the end": the master agent goes on behind this module.
      if (const Object* found = next(list, asked, request->inclusive != 0)) {
        const std::vector<oid> name = native(found->name);
        snmp_set_var_objid(variable, name.data(), name.size());
        set_value(variable, found->value);
      }
    } else {
      netsnmp_set_request_error(info, request, SNMP_ERR_NOTWRITABLE);
    }
  }
  return SNMP_ERR_NOERROR;
}

int on_connection(int, int event, void*, void*) {
  const bool connected = event == SNMPD_CALLBACK_INDEX_START;
  if (connected != session().connected)
    base::os::log_notice(connected ? "connected to snmpd"
                                   : "snmpd went away; trying again every second");
  session().connected = connected;
  return SNMPERR_SUCCESS;
}

// What the library has to say. A missing snmpd is said once here, not every second as the library would.
int on_library_log(int, int, void* server_argument, void*) {
  const auto* line = static_cast<const snmp_log_message*>(server_argument);
  std::string_view text(line->msg);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  static std::string last;
  if (text.empty() || text == last) return SNMPERR_SUCCESS;
  last = text;
  base::os::log(
      line->priority <= LOG_ERR ? base::os::Severity::kWarning : base::os::Severity::kInfo, text);
  return SNMPERR_SUCCESS;
}

}  // namespace

base::Result<Agent> Agent::open(const std::string& socket, const Oid& root,
                                std::function<const List&(std::uint64_t)> objects) {
  session().objects = std::move(objects);
  // No MIB is parsed and no file of Net-SNMP's read or written: everything is said here.
  ::setenv("MIBS", "", 1);
  snmp_enable_calllog();
  snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_library_log, nullptr);
  netsnmp_enable_subagent();
  netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, socket.c_str());
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
  if (init_agent(kName) != 0)
    return base::Error::because("start the SNMP agent library", "it refused");
  // After init_agent(), which sets its own: how often a lost master agent is looked for.
  netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL,
                     kReconnectSeconds);
  snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connection,
                         nullptr);
  snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_connection,
                         nullptr);

  const std::vector<oid> name = native(root);
  netsnmp_handler_registration* registration = netsnmp_create_handler_registration(
      kName, answer, name.data(), name.size(), HANDLER_CAN_RONLY);
  if (registration == nullptr || netsnmp_register_handler(registration) != MIB_REGISTERED_OK)
    return base::Error::because("register the MIB with the SNMP agent library", "it refused");
  init_snmp(kName);
  return Agent{};
}

bool Agent::is_connected() const { return session().connected; }

std::uint64_t Agent::uptime_cs() const { return netsnmp_get_agent_uptime(); }

void Agent::serve(std::array<int, 2> descriptors, base::Instant deadline) {
  for (;;) {
    netsnmp_large_fd_set readable;
    netsnmp_large_fd_set_init(&readable, FD_SETSIZE);
    NETSNMP_LARGE_FD_ZERO(&readable);
    int count = 0;
    for (const int descriptor : descriptors) {
      NETSNMP_LARGE_FD_SET(descriptor, &readable);
      count = std::max(count, descriptor + 1);
    }
    int block = 0;
    const std::int64_t left = std::max<std::int64_t>(0, (deadline - base::os::now()).count());
    timeval timeout{left / 1'000'000'000, left % 1'000'000'000 / 1'000};
    snmp_select_info2(&count, &readable, &timeout, &block);
    const int ready = netsnmp_large_fd_set_select(count, &readable, nullptr, nullptr, &timeout);
    bool is_called = ready < 0;
    for (const int descriptor : descriptors)
      is_called = is_called || (ready > 0 && NETSNMP_LARGE_FD_ISSET(descriptor, &readable) != 0);
    if (ready > 0) snmp_read2(&readable);
    snmp_timeout();
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    netsnmp_large_fd_set_cleanup(&readable);
    if (is_called || base::os::now() >= deadline) return;
  }
}

bool Agent::notify(const Oid& name, const List& objects) {
  if (!session().connected) return false;
  static const std::vector<oid> kTrapOid{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
  const std::vector<oid> trap = native(name);
  netsnmp_variable_list* first = nullptr;
  snmp_varlist_add_variable(&first, kTrapOid.data(), kTrapOid.size(), ASN_OBJECT_ID, trap.data(),
                            trap.size() * sizeof(oid));
  for (const Object& object : objects) {
    const std::vector<oid> object_name = native(object.name);
    netsnmp_variable_list* variable = snmp_varlist_add_variable(
        &first, object_name.data(), object_name.size(), ASN_NULL, nullptr, 0);
    if (variable != nullptr) set_value(variable, object.value);
  }
  const Variables variables{first};
  send_v2trap(variables.get());
  return true;
}

}  // namespace snmp
