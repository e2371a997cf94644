#include "base/os/confine.hpp"
