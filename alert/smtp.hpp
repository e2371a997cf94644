// One mail to one recipient over SMTP; libcurl wrapped once. No other file includes curl.h.
//
// Blocks, at most kTotalTimeout per mail. A connection is kept for the next mail until hang_up().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engine/config/model.hpp"

namespace alert {

// What became of one attempt.
enum class Outcome {
  kDelivered,      // the server took it
  kTemporary,      // try again later
  kPermanent,      // the server will never take this mail
  kMisconfigured,  // the server refuses us, not the mail (login, TLS): try again, slowly
};

struct Answer {
  Outcome outcome = Outcome::kTemporary;
  long code = 0;     // the server's yes or no; 0: it said neither
  std::string text;  // the reply, or what went wrong before there was one
};

class Sender {
 public:
  virtual ~Sender() = default;
  virtual Answer send(const std::string& recipient, const std::string& message) = 0;
  virtual void hang_up() = 0;
};

class Smtp final : public Sender {
 public:
  static constexpr base::Duration kTotalTimeout = std::chrono::seconds{60};

  // `give_up` is asked about once a second while a mail is on its way; true ends the attempt.
  static base::Result<std::unique_ptr<Smtp>> open(const config::Mail& mail,
                                                  const std::string& from_address,
                                                  const std::string& host,
                                                  std::function<bool()> give_up);
  ~Smtp() override;
  Answer send(const std::string& recipient, const std::string& message) override;
  void hang_up() override;

 private:
  struct Curl;
  explicit Smtp(std::unique_ptr<Curl> curl);
  std::unique_ptr<Curl> curl_;
};

// Whose fault is it? The server's code decides first: what libcurl says covers everything from 421 to 554.
Outcome classify(bool succeeded, bool is_login_or_tls, long code);

}  // namespace alert
