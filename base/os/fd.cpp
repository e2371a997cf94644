#include "base/os/fd.hpp"
