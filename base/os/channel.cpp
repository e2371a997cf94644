#include "base/os/channel.hpp"
