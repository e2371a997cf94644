"""Getting into a world of our own before anything is touched.

enter() runs the program again as root of new user, network, mount, UTS, IPC and process namespaces, so a plain user can
run the lab, root's machine is as safe as anybody's, and whatever the lab leaves running ends with it.

In there the first process only collects the dead; the lab itself is its child. A daemon whose parent was killed is thus
reaped as init would, which some daemons wait for before they start again.
"""
import ctypes
import os
import signal
import subprocess
import sys

PYTHON = "/usr/bin/python3"
_MARK = "VIGIE_LAB_INSIDE"
# In the environment of the process that keeps a host, so that it can be found from outside.
HOST_MARK = "VIGIE_LAB_HOST"
_NAMESPACES = ["--user", "--map-root-user", "--net", "--mount", "--uts", "--ipc"]
# Where mounting /proc is forbidden (some containers) the lab does without a process namespace and ends its processes
# one by one.
_PROCESSES = ["--pid", "--fork", "--kill-child", "--mount-proc"]
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """For preexec_fn: no process of the lab outlives the one that started it."""
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def enter():
    """Returns only inside, in the process that runs the lab."""
    if os.environ.get(_MARK) != "yes":
        namespaces = list(_NAMESPACES)
        possible = subprocess.run(["unshare", *_NAMESPACES, *_PROCESSES, "true"], capture_output=True)
        if possible.returncode == 0:
            namespaces += _PROCESSES
        environment = dict(os.environ, **{_MARK: "yes"}, PYTHONDONTWRITEBYTECODE="1")
        os.execvpe("unshare", ["unshare", *namespaces, PYTHON, *sys.argv], environment)
    _fork_from_init()
    _make_room()


def _fork_from_init():
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    lab = os.fork()
    if lab == 0:
        die_with_parent()
        return
    # An interrupt reaches the lab directly, as it is in the same process group; init only has to outlive it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(lab, signal.SIGTERM))
    status = 1
    while True:
        try:
            pid, result = os.wait()
        except ChildProcessError:
            break
        if pid == lab:
            status = os.waitstatus_to_exitcode(result)
            _kill_the_rest()
    sys.stdout.flush()
    os._exit(status if status >= 0 else 128 - status)


def _kill_the_rest():
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                parents[int(pid)] = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass
    doomed = [os.getpid()]
    for parent in doomed:
        doomed += [pid for pid, its in parents.items() if its == parent]
    for pid in doomed[1:]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _make_room():
    """A /run of our own; every file of the lab lives under /run/lab and vanishes with it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "lab", "/run"], check=True)
    os.makedirs("/run/lab")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def visit(name, command):
    """From outside: becomes a shell, or the command, in the running lab's host of this name."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ") as f:
                environment = dict(entry.split("=", 1) for entry in f.read().split("\0") if "=" in entry)
            with open(f"/proc/{pid}/comm") as f:
                keeps_it = f.read().strip() == "sleep" and environment.get(HOST_MARK) == name
        except OSError:
            continue
        if keeps_it:
            environment.update(TERM=os.environ.get("TERM", "dumb"), PS1=f"{name}# ")
            spaces = ["--user", "--preserve-credentials", "--net", "--mount", "--uts", "--ipc", "--pid"]
            os.execvpe("nsenter", ["nsenter", "--target", pid, *spaces, "--", *(command or ["bash", "--norc"])],
                       environment)
    sys.exit(f"no lab with a host named {name} runs; try `scripts/demo --stay` in another terminal")
