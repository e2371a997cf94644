#include "alert/smtp.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/os/clock.hpp"

namespace alert {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct CleanUp {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// The part of a message that was not handed over yet.
std::size_t read_message(char* to, std::size_t size, std::size_t count, void* source) {
  auto* rest = static_cast<std::string_view*>(source);
  const std::size_t length = std::min(size * count, rest->size());
  std::memcpy(to, rest->data(), length);
  rest->remove_prefix(length);
  return length;
}

// What the server said, one line at a time: a refusal tells why and is kept, whatever follows it ("221 Bye").
std::size_t keep_reply(char* data, std::size_t size, std::size_t count, void* target) {
  std::string line(data, size * count);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  line.resize(std::min<std::size_t>(line.find_last_not_of(' ') + 1, 500));
  auto& kept = *static_cast<std::string*>(target);
  const bool is_refusal = !kept.empty() && (kept[0] == '4' || kept[0] == '5');
  if (!line.empty() && !is_refusal) kept = line;
  return size * count;
}

// The sockets libcurl has open, so that waiting on them can be ended: its goodbye to a server takes up to two minutes of
// silence, and no option shortens that.
using Sockets = std::set<curl_socket_t>;

curl_socket_t open_socket(void* sockets, curlsocktype, curl_sockaddr* address) {
  const curl_socket_t fd =
      ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0) static_cast<Sockets*>(sockets)->insert(fd);
  return fd >= 0 ? fd : CURL_SOCKET_BAD;
}
int close_socket(void* sockets, curl_socket_t fd) {
  static_cast<Sockets*>(sockets)->erase(fd);
  return ::close(fd);
}
void shut_down(const Sockets& sockets, int how) {
  for (const curl_socket_t fd : sockets)
    (void)::shutdown(fd, how);  // one not yet connected refuses: fine
}

// An attempt under way: whether it may go on.
struct Attempt {
  const std::function<bool()>& give_up;
  const Sockets& sockets;
  base::Instant until;
};

int ask_whether_to_go_on(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& attempt = *static_cast<const Attempt*>(context);
  if (!attempt.give_up() && base::os::now() < attempt.until) return 0;
  shut_down(attempt.sockets, SHUT_RDWR);
  return 1;
}

std::string url_of(const config::Mail& mail, const std::string& host) {
  const bool is_ipv6 = mail.server.find(':') != std::string::npos;
  const char* scheme = mail.tls == config::Mail::Tls::kImplicit ? "smtps" : "smtp";
  // The path is the name we greet with.
  std::unique_ptr<char, decltype(&curl_free)> helo{
      curl_easy_escape(nullptr, mail.helo.empty() ? host.c_str() : mail.helo.c_str(), 0),
      &curl_free};
  return fmt::format("{}://{}{}{}:{}/{}", scheme, is_ipv6 ? "[" : "", mail.server,
                     is_ipv6 ? "]" : "", mail.port, helo ? helo.get() : "localhost");
}

bool is_login_or_tls(CURLcode code) {
  return code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED ||
         code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
}

}  // namespace

Outcome classify(bool succeeded, bool is_login_or_tls, long code) {
  if (succeeded) return Outcome::kDelivered;
  // RFC 4954 6: authentication required, too weak, failed, or to be encrypted.
  const bool asks_for_login = code == 530 || code == 534 || code == 535 || code == 538;
  if (is_login_or_tls || asks_for_login) return Outcome::kMisconfigured;
  return code >= 500 && code <= 599 ? Outcome::kPermanent : Outcome::kTemporary;
}

struct Smtp::Curl {
  config::Mail mail;
  std::string url;
  std::string from;
  std::function<bool()> give_up;
  Sockets sockets;
  std::unique_ptr<CURL, CleanUp> handle;  // goes first: it closes the sockets
};

Smtp::Smtp(std::unique_ptr<Curl> curl) : curl_(std::move(curl)) {}
Smtp::~Smtp() { hang_up(); }

base::Result<std::unique_ptr<Smtp>> Smtp::open(const config::Mail& mail,
                                               const std::string& from_address,
                                               const std::string& host,
                                               std::function<bool()> give_up) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return base::Error::because("prepare to send mail", "libcurl does not start");
  auto curl = std::make_unique<Curl>();
  curl->mail = mail;
  curl->url = url_of(mail, host);
  curl->from = "<" + from_address + ">";
  curl->give_up = std::move(give_up);
  return std::unique_ptr<Smtp>{new Smtp(std::move(curl))};
}

void Smtp::hang_up() {
  // QUIT is still said, but its answer is not waited for.
  shut_down(curl_->sockets, SHUT_RD);
  curl_->handle.reset();
}

Answer Smtp::send(const std::string& recipient, const std::string& message) {
  const config::Mail& mail = curl_->mail;
  if (!curl_->handle) curl_->handle.reset(curl_easy_init());
  CURL* handle = curl_->handle.get();
  if (handle == nullptr) return {Outcome::kTemporary, 0, "out of memory"};
  // Options go, the connection stays.
  curl_easy_reset(handle);

  std::string_view rest = message;
  std::string reply;
  char problem[CURL_ERROR_SIZE] = "";
  const Attempt attempt{curl_->give_up, curl_->sockets, base::os::now() + kTotalTimeout};
  const std::unique_ptr<curl_slist, FreeList> recipients{
      curl_slist_append(nullptr, ("<" + recipient + ">").c_str())};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
  set(CURLOPT_URL, curl_->url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_PROXY, "");  // whatever the environment says
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS,
      static_cast<long>(
          std::chrono::duration_cast<std::chrono::milliseconds>(mail.connect_timeout).count()));
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_OPENSOCKETDATA, &curl_->sockets);
  set(CURLOPT_CLOSESOCKETFUNCTION, &close_socket);
  set(CURLOPT_CLOSESOCKETDATA, &curl_->sockets);
  // "Try" would go on in the clear when somebody in between says that there is no TLS.
  set(CURLOPT_USE_SSL,
      static_cast<long>(mail.tls == config::Mail::Tls::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!mail.ca_file.empty()) set(CURLOPT_CAINFO, mail.ca_file.c_str());
  if (!mail.user.empty()) {
    set(CURLOPT_USERNAME, mail.user.c_str());
    set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  set(CURLOPT_MAIL_FROM, curl_->from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &read_message);
  set(CURLOPT_READDATA, &rest);
  set(CURLOPT_HEADERFUNCTION, &keep_reply);
  set(CURLOPT_HEADERDATA, &reply);
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(problem));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &ask_whether_to_go_on);
  set(CURLOPT_XFERINFODATA, &attempt);

  const CURLcode result = curl_easy_perform(handle);
  Answer answer;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.code);
  answer.outcome = classify(result == CURLE_OK, is_login_or_tls(result), answer.code);
  const std::string ours = problem[0] != '\0' ? problem : curl_easy_strerror(result);
  answer.text = reply;
  if (result != CURLE_OK && answer.code < 400) {
    // The last thing said was no refusal: it fell silent, or never spoke.
    answer.code = 0;
    answer.text = ours;
  }
  // The handle points at locals of ours until it is set up again; after a failure the connection is not worth keeping.
  curl_easy_reset(handle);
  if (result != CURLE_OK) {
    shut_down(curl_->sockets, SHUT_RDWR);
    hang_up();
  }
  return answer;
}

}  // namespace alert
