"""Ways not to go on without having died: a signal, an endless circle, and a control group that is frozen."""
import os
import pathlib
import platform
import tempfile

from .wait import until

# A jump to itself.
CIRCLE = {"x86_64": b"\xeb\xfe", "aarch64": b"\x00\x00\x00\x14"}


def tell(pids, number):
    """The signal, to those that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def turn_in_a_circle(pid):
    """The process finds itself in a circle where it waits next, and never gets away from there."""
    words = until(lambda: [w for w in [pathlib.Path(f"/proc/{pid}/syscall").read_text().split()] if w != ["running"]], 10, "it waits")
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(int(words[0][-1], 16))
        memory.write(CIRCLE[platform.machine()])


class Freezer:
    """A control group of this test's own, or None where those may not be made."""

    def __init__(self):
        self.group = None
        for line in pathlib.Path("/proc/mounts").read_text().splitlines():
            _, place, kind = line.split()[:3]
            if kind != "cgroup2":
                continue
            own = [line[3:] for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
            self.parent = pathlib.Path(place) / own[0].lstrip("/")
            try:
                self.group = pathlib.Path(tempfile.mkdtemp(prefix="vigie-lab-", dir=self.parent))
            except OSError:
                pass

    def freeze(self, *pids):
        for pid in pids:
            (self.group / "cgroup.procs").write_text(f"{pid}")
        (self.group / "cgroup.freeze").write_text("1")

    def thaw(self):
        (self.group / "cgroup.freeze").write_text("0")

    def let_go(self, pid):
        """The process is in the lab's own control group again."""
        (self.parent / "cgroup.procs").write_text(f"{pid}")

    def close(self):
        if self.group:
            self.thaw()
            until(lambda: not (self.group / "cgroup.procs").read_text(), 10, "nobody is in the control group")
            self.group.rmdir()
