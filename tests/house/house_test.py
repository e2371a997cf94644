#!/usr/bin/python3
"""House rules that no compiler checks. Each failure says what to do instead.

  house_test.py SOURCE_DIR CORE_LIBRARY
"""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
CORE_LIBRARY = pathlib.Path(sys.argv[2])

# Folder -> folders whose headers it may include (itself always). docs/architecture.md says the same in prose.
MAY_USE = {
    "base": [],
    "base/os": ["base"],
    "engine/core": ["base"],
    "engine/digest": ["base", "engine/core"],
    "engine/config": ["base"],
    "engine/feed": ["base"],
    "engine/ipc": ["base", "engine/feed"],
    "engine/wire": ["base", "base/os"],
    "engine/role": ["base", "base/os", "engine/config", "engine/ipc"],
    "engine/keeper": ["base", "base/os", "engine", "engine/core", "engine/config", "engine/digest", "engine/feed", "engine/ipc", "engine/role",
                      "engine/wire"],
    "engine": ["base", "base/os", "engine/core", "engine/config", "engine/digest", "engine/feed", "engine/ipc", "engine/role", "engine/wire"],
    "supervisor": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc"],
    "runner": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc", "engine/role", "monit"],
    "store": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc", "engine/role"],
    "alert": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc", "engine/role", "store"],
    "snmp-subagent": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc", "engine/role"],
    "monit": ["base", "base/os", "engine/config", "engine/feed", "engine/ipc"],
    "cli": ["base", "base/os", "engine/config", "engine/core", "engine/feed", "engine/ipc", "store", "monit", "supervisor"],
}
# A process uses libraries, never another process. These headers of process folders are libraries of their own, each a CMake
# target beside the process's: vigie_assembly; vigie_control; vigie_history, vigie_sqlite (sqlite, schema), vigie_follower.
SHARED_HEADERS = {"engine": ["assembly.hpp", "authentication.hpp"], "supervisor": ["control.hpp", "maintenance.hpp"], "store": ["history.hpp", "sqlite.hpp", "schema.hpp", "follower.hpp"]}
# A folder's one-shot main may reach further than its library: it is a process.
MAIN_MAY_USE = {"engine/config": ["base/os"]}

# System headers that would let the outside world into a pure library.
IMPURE = re.compile(r"#include <(sys/|net/|netinet/|linux/|unistd|fcntl|time\.h|thread|mutex|iostream|fstream)")
PURE = ("engine/core", "engine/feed")


def code_files():
    for folder in MAY_USE:
        for path in sorted((SOURCE / folder).glob("*.[ch]pp")):
            yield folder, path


def folder_of(include):
    return str(pathlib.PurePosixPath(include).parent)


class Includes(unittest.TestCase):
    def test_every_folder_uses_only_those_below_it(self):
        wrong = []
        for folder, path in code_files():
            allowed = MAY_USE[folder] + (MAIN_MAY_USE.get(folder, []) if path.name == "main.cpp" else [])
            for include in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
                used = folder_of(include)
                if used == folder:
                    continue
                name = pathlib.PurePosixPath(include).name
                if used not in allowed or name not in SHARED_HEADERS.get(used, [name]):
                    wrong.append(f"{path.relative_to(SOURCE)} includes {include}")
        self.assertEqual(wrong, [], "an include against the direction of docs/architecture.md")

    def test_pure_libraries_see_no_operating_system(self):
        wrong = [f"{path.relative_to(SOURCE)}: {line}" for folder, path in code_files() if folder in PURE
                 for line in path.read_text().splitlines() if IMPURE.match(line)]
        self.assertEqual(wrong, [], "hand the value in instead")

    def test_headers_are_guarded_by_pragma_once(self):
        wrong = [str(path.relative_to(SOURCE)) for _, path in code_files()
                 if path.suffix == ".hpp" and "#pragma once" not in path.read_text()]
        self.assertEqual(wrong, [])

    def test_headers_open_with_what_they_are(self):
        wrong = [str(path.relative_to(SOURCE)) for _, path in code_files()
                 if path.suffix == ".hpp" and not path.read_text().startswith("// ")]
        self.assertEqual(wrong, [], "a header is the manual: start with a comment")


class Core(unittest.TestCase):
    # What a compiler emits by itself, our own CHECK, and the vector an Announcer makes when it is constructed.
    ALLOWED = re.compile(r"^(mem(cpy|move|set|cmp)|strlen|__stack_chk_fail|__cxa_\w+|__gxx_personality_v0|_Unwind_Resume|"
                         r"_ZN4base12check_failed\w*|_ZNK?4base\w+|_ZN4core\w+|_ZNK4core\w+|_ZTV\w+|_GLOBAL_OFFSET_TABLE_|"
                         r"_Znwm|_ZdlPvm?|_ZSt\d+__throw_\w+|_ZSt\w*terminate\w*|abort|__(mem|str)\w+_chk)$")

    def test_the_protocol_reaches_for_nothing(self):
        self.assertTrue(CORE_LIBRARY.is_file(), f"{CORE_LIBRARY} is not built: build the target vigie_core, then test")
        symbols = subprocess.run(["nm", "-u", CORE_LIBRARY], capture_output=True, text=True, check=True).stdout
        undefined = {line.split()[-1] for line in symbols.splitlines() if " U " in f" {line} "}
        self.assertTrue(undefined, "an archive without a call out of it, CHECK included, is not the one meant")
        sanitized = any(s.startswith(("__asan", "__tsan", "__ubsan")) for s in undefined)
        if sanitized:
            self.skipTest("a sanitizer build calls its runtime")
        reached = sorted(s for s in undefined if not self.ALLOWED.match(s))
        self.assertEqual(reached, [], "the core is told; it does not ask")


def tracked_texts():
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode != 0:  # a source package: no git, and nothing but what is shipped
        names = [str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*") if path.is_file()]
    else:
        names = listed.stdout.split("\0")
    for name in filter(None, names):
        path = SOURCE / name
        if path.is_file():
            try:
                yield name, path.read_text()
            except UnicodeDecodeError:
                continue  # a capture or a picture


class Size(unittest.TestCase):
    MOST_LINES = 600
    # Longer files, and why each is one idea all the same.
    REASONS = {
        "engine/config/lexer.cpp": "one walk over the text, whose stages hand each other what they keep",
        "engine/config/keywords.cpp": "one table: every word of the configuration, once",
        "tests/unit/runner/vigie_runner_test.cpp": "the program as a whole: its cases share one fixture",
    }

    def test_one_file_is_one_idea(self):
        long = {name for name, text in tracked_texts()
                if name.endswith((".cpp", ".hpp", ".py")) and text.count("\n") > self.MOST_LINES}
        self.assertEqual(sorted(long - set(self.REASONS)), [], "split it, or say here why it is one idea")
        self.assertEqual(sorted(set(self.REASONS) - long), [], "short enough now: take it off the list")


class Words(unittest.TestCase):
    def test_nothing_is_left_for_later_in_the_code(self):
        left = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
        wrong = [name for name, text in tracked_texts() if left.search(text)]
        self.assertEqual(wrong, [], "open an issue instead")

    def test_no_text_names_the_machine_it_was_written_on(self):
        machine = re.compile(r"(?<![\w.])/(work|tmp/w|tmp/bash_jobs)\b(?!-)")
        wrong = [f"{name}: {found.group(0)}" for name, text in tracked_texts() if (found := machine.search(text))]
        self.assertEqual(wrong, [], "name a path relative to the source, or one every machine has")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
