#include "engine/authentication.hpp"

#include <algorithm>
#include <string>

namespace engine {
namespace {

core::HmacMode mode_of(config::Hmac::Mode mode) {
  switch (mode) {
    case config::Hmac::Mode::kEnforce: return core::HmacMode::kEnforce;
    case config::Hmac::Mode::kPermissive: return core::HmacMode::kPermissive;
    case config::Hmac::Mode::kReceiveOnly: return core::HmacMode::kReceiveOnly;
  }
  return core::HmacMode::kEnforce;
}

std::span<const std::uint8_t> bytes_of(const std::string& secret) {
  return {reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()};
}

}  // namespace

core::AuthSettings auth_settings_of(const config::Instance& instance, core::AuthType type) {
  core::AuthSettings settings;
  if (type == core::AuthType::kHmac) {
    for (const config::HmacKey& key : instance.hmac.keys)
      settings.keys.push_back({.id = key.id, .secret = bytes_of(key.secret)});
    settings.active_key = instance.hmac.active_key;
    settings.mode = mode_of(instance.hmac.mode);
    settings.is_monotonic = instance.hmac.is_monotonic;
    if (instance.hmac.window > base::Duration{0}) settings.window = instance.hmac.window;
  }
  if (type == core::AuthType::kAh)
    std::copy_n(instance.auth_pass.begin(),
                std::min(instance.auth_pass.size(), settings.ah_password.size()),
                settings.ah_password.begin());
  return settings;
}

}  // namespace engine
