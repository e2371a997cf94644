// The one loop that sends a batch: what fails is answered and never keeps the rest from leaving.
#pragma once

#include <sys/socket.h>

#include <span>

namespace wire {

// Sends all messages, in order, without waiting. `errors` gets one entry per message: 0, or its errno.
// Requires: as many errors as messages.
void send_batch(int fd, std::span<mmsghdr> messages, std::span<int> errors);

}  // namespace wire
