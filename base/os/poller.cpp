#include "base/os/poller.hpp"
