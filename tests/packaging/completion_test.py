#!/usr/bin/python3
"""The bash completion that is installed offers every command, option and keyword there is, and none that there is not.

  completion_test.py BUILD_DIR SOURCE_DIR

Asked as bash asks it: the file is sourced, and the function is called with the words so far."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
VIGIE, VIGIED = BUILD / "bin/vigie", BUILD / "bin/vigied"
ASK = """
cd "$1"; shift
. "$1"; shift
program=$1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"_$program"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def output(*words):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True, timeout=60).stdout


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        subprocess.run(["cmake", "--install", BUILD / "packaging", "--prefix", cls.folder.name], check=True, capture_output=True)
        cls.installed = pathlib.Path(cls.folder.name) / "share/bash-completion/completions"
        cls.commands = re.findall(r"^  ([a-z-]+) ", output(VIGIE, "--help").split("Subcommands:")[1], re.M)

    def offered(self, *words):
        done = subprocess.run(["bash", "--noprofile", "--norc", "-c", ASK, "ask", self.folder.name, self.installed / words[0],
                               *words], capture_output=True, text=True, timeout=60, env={"PATH": f"{BUILD}/bin:/usr/bin:/bin"})
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return sorted(filter(None, done.stdout.splitlines()))

    @staticmethod
    def options(text):
        """Each spelling of the options in a help, where a line of it begins."""
        return {word for line in text.splitlines() for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", line[:30].split("  default")[0])
                if re.match(r" +-", line)}

    def test_offers_every_command(self):
        self.assertIn("keyword", self.commands)
        self.assertEqual(self.offered("vigie", ""), sorted(self.commands))

    def test_offers_every_option_of_every_command(self):
        common = self.options(output(VIGIE, "--help"))
        self.assertIn("--run-dir", common)
        for command in self.commands:
            self.assertEqual(self.offered("vigie", command, "-"), sorted(common | self.options(output(VIGIE, command, "--help"))), command)
        self.assertIn("--explain", self.offered("vigie", "check", "-"))
        self.assertEqual(self.offered("vigie", "-"), sorted(common))

    def test_offers_every_option_of_the_daemon(self):
        options = self.options(output(VIGIED, "--help"))
        self.assertTrue({"-t", "--config-test", "-i", "--config-id", "--run-dir", "-v"} <= options, options)
        self.assertEqual(self.offered("vigied", "-"), sorted(options))

    def test_offers_every_keyword_of_the_manual(self):
        # The manual is written by the keyword table as well, another way.
        manual = (SOURCE / "docs/config.md").read_text().split("## Words of keepalived without effect")[0]
        names = set()
        for line in manual.splitlines():
            if line.startswith("- **`"):
                spellings = re.match(r"- \*\*`([^`]+)`\*\*((?:, `[a-z_0-9]+`)*)", line)
                names |= {spellings[1], *re.findall(r"`([^`]+)`", spellings[2])}
            elif line.startswith("Not about VRRP"):
                names |= set(re.findall(r"`([^`]+)`", line))
        self.assertGreater(len(names), 300)
        self.assertEqual(self.offered("vigie", "keyword", ""), sorted(names))
        self.assertEqual(self.offered("vigie", "keyword", "preempt_d"), ["preempt_delay"])

    def test_offers_the_values_that_are_known(self):
        self.assertEqual(self.offered("vigie", "monit", "--role", ""), ["auto", "backup", "primary"])
        kinds = self.offered("vigie", "history", "--kind", "")
        self.assertIn("transition", kinds)
        for kind in kinds:
            done = subprocess.run([VIGIE, "--state-dir", self.folder.name, "history", "--kind", kind], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, kind)  # there is no database; an unknown kind is 2

    def test_offers_files_where_a_file_is_meant(self):
        (pathlib.Path(self.folder.name) / "some.conf").write_text("")
        for words in (["check", "so"], ["plan", "--from", "so"], ["monit", "-f", "so"]):
            self.assertEqual(self.offered("vigie", *words), ["some.conf"])
        self.assertEqual(self.offered("vigied", "-f", "so"), ["some.conf"])


if __name__ == "__main__":
    sys.exit(unittest.main(argv=sys.argv[:1]))
