#include "base/os/mapping.hpp"
