"""When the machine stood still: what a processor did not do while nothing ran on it is nobody's fault."""
import subprocess

from . import inside
from .mission import build_folder


def merged(spans):
    """Spans of time, in order and apart from each other."""
    found = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


class Witness:
    """Asked about times in CLOCK_REALTIME nanoseconds that have passed since its beginning; answers in seconds."""

    def __init__(self):
        self._process = subprocess.Popen([build_folder() / "tests/vigie-witness"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, preexec_fn=inside.die_with_parent)

    def stalls(self, begin, end):
        """When any processor stood still for more than ten milliseconds: [(begin, end)], each once, nothing outside."""
        self._process.stdin.write(f"{begin} {end}\n")
        self._process.stdin.flush()
        numbers = [int(word) for word in self._process.stdout.readline().split()]
        return merged((max(begin, b), min(end, e)) for b, e in zip(numbers[::2], numbers[1::2]))

    def stood_still(self, begin, end):
        """For how long, all in all."""
        return sum(e - b for b, e in self.stalls(begin, end)) / 1e9

    def longest(self, begin, end):
        return max((e - b for b, e in self.stalls(begin, end)), default=0) / 1e9

    def worst(self, begin, end, within):
        """The most it stood still in any `within` seconds of them."""
        span, stalls = int(within * 1e9), self.stalls(begin, end)
        # The worst one begins with a stall or ends with one.
        return max((sum(max(0, min(e, since + span) - max(b, since)) for b, e in stalls)
                    for since in [b for b, _ in stalls] + [e - span for _, e in stalls]), default=0) / 1e9

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
