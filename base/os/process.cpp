#include "base/os/process.hpp"
