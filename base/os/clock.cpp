#include "base/os/clock.hpp"
