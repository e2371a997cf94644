#include "base/os/log.hpp"
