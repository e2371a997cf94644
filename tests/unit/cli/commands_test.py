#!/usr/bin/python3
"""What `vigie check` and `vigie plan` answer to a shell: exit status, standard output, standard error.

  commands_test.py VIGIE SOURCE_DIR

The golden files beside it are what `vigie check --explain` says of files from the field. To write them anew:
VIGIE_WRITE_GOLDENS=1.
"""
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

VIGIE = sys.argv[1]
FIELD = pathlib.Path(sys.argv[2]) / "tests/conformance/config"
GOLDENS = pathlib.Path(__file__).parent / "golden"

GOOD = """vrrp_script check {
  script "/bin/true"
  weight -20
}
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 50
  priority 150
  virtual_ipaddress {
    10.0.0.1/24
  }
  track_script {
    check
  }
}
"""
ODD = GOOD.replace("priority 150", "prioriti 150")
BAD = GOOD.replace("virtual_router_id 50", "")


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, text, name="a.conf"):
        path = pathlib.Path(self.folder.name) / name
        path.write_text(text)
        return str(path)

    def run_vigie(self, *words, text=None):
        # A directory of our own, so that no daemon of this machine is asked.
        done = subprocess.run([VIGIE, "--run-dir", self.folder.name + "/run", *words], input=text,
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_check_exits_0_when_clean_1_with_warnings_2_with_errors(self):
        for text, status in ((GOOD, 0), (ODD, 1), (BAD, 2)):
            self.assertEqual(self.run_vigie("check", self.file(text))[0], status, text)

    def test_check_says_in_the_last_line_what_would_be_run(self):
        path = self.file(GOOD)
        self.assertEqual(self.run_vigie("check", path)[1],
                         f"{path}: 0 errors, 0 warnings: 1 instance with 1 address: VI_1 (VRID 50 on eth0, priority 150)\n")

    def test_check_suggests_the_word_that_was_meant(self):
        self.assertIn("did you mean `priority`?", self.run_vigie("check", self.file(ODD))[1])

    def test_check_reads_standard_input(self):
        status, out, _ = self.run_vigie("check", "-", text=ODD)
        self.assertEqual(status, 1)
        self.assertIn("--> -:8:3", out)

    def test_check_of_a_file_that_cannot_be_read_is_an_error(self):
        missing = self.folder.name + "/none.conf"
        status, out, _ = self.run_vigie("check", missing)
        self.assertEqual(status, 2)
        self.assertIn("No such file or directory", out)
        locked = self.file(GOOD, "locked.conf")
        os.chmod(locked, 0)
        if not os.access(locked, os.R_OK):  # root reads everything
            self.assertEqual(self.run_vigie("check", locked)[0], 2)

    def test_check_json_names_every_finding(self):
        status, out, _ = self.run_vigie("check", "--json", self.file(ODD))
        answer = json.loads(out)
        self.assertEqual((status, answer["errors"], answer["warnings"]), (1, 0, 1))
        self.assertEqual(answer["usable"], True)
        self.assertEqual((answer["findings"][0]["code"], answer["findings"][0]["line"]), ("C0111", 8))
        self.assertTrue(answer["routers"][0]["does"][0].startswith("Is virtual router 50"))

    def test_check_takes_the_configuration_id(self):
        path = self.file("@left " + GOOD.replace("\n", "\n@left ").rstrip("@left ") + "\n")
        self.assertIn("1 instance ", self.run_vigie("check", "-i", "left", path)[1])
        self.assertIn("0 instances ", self.run_vigie("check", "--config-id", "right", path)[1])

    def test_check_says_loudly_what_does_not_take_effect_yet(self):
        asked = GOOD.replace("  priority 150\n", """  priority 150
  no_accept
  use_vmac
  vrf red
  virtual_routes {
    10.1.0.0/16 via 10.0.0.9
  }
  virtual_rules {
    from 10.1.0.0/16 table 9 preference 100
  }
""") + """static_ipaddress {
  10.0.0.8/24 dev eth0
}
static_routes {
  10.2.0.0/16 via 10.0.0.9
}
static_rules {
  to 10.2.0.0/16 table 9 preference 101
}
global_defs {
  vrrp_iptables
}
"""
        path = self.file(asked)
        status, out, _ = self.run_vigie("check", "--explain", "--json", path)
        answer = json.loads(out)
        found = {(one["code"], one["severity"], asked.splitlines()[one["line"] - 1].split()[0]) for one in answer["findings"]}
        self.assertEqual((status, found), (1, {
            ("C0300", "warning", "virtual_routes"), ("C0300", "warning", "static_routes"),
            ("C0301", "warning", "virtual_rules"), ("C0301", "warning", "static_rules"),
            ("C0302", "warning", "static_ipaddress"), ("C0303", "warning", "use_vmac"), ("C0305", "warning", "vrf"),
            ("C0306", "warning", "no_accept"), ("C0306", "warning", "vrrp_iptables")}))
        for one in answer["findings"]:
            self.assertRegex(one["message"], "does not take effect|(is|are) not installed")
        # The sentences say the same again, of what each of them asks for.
        said = [sentence for sentence in self.run_vigie("check", "--explain", path)[1].splitlines() if "does not do it" in sentence]
        self.assertEqual(len(said), 9, said)

    def test_keyword_says_what_the_manual_says(self):
        status, out, _ = self.run_vigie("keyword", "vrrp_track_file")
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith("track_file, vrrp_track_file NAME { ... }    (Outside blocks)\n    A file whose first number"), out)
        # Of a word with more than one home, each.
        out = self.run_vigie("keyword", "use_vmac")[1]
        self.assertIn("(vrrp_instance NAME { })", out)
        self.assertIn("(A line of addresses)", out)
        self.assertIn("Not in effect in this version (C0303)", out)

    def test_keyword_suggests_the_word_that_was_meant(self):
        status, out, err = self.run_vigie("keyword", "prioriti")
        self.assertEqual((status, out, err), (1, "", "vigie: there is no keyword `prioriti`; did you mean `priority`?\n"))
        self.assertIn("\npriority\n", self.run_vigie("keyword")[1])

    def test_check_explains_in_sentences(self):
        out = self.run_vigie("check", "--explain", self.file(GOOD))[1]
        self.assertIn("It loses 20 of priority while script check fails", out)

    def test_check_explains_files_from_the_field(self):
        for name in ("gulp", "odlyd", "routeur-sam", "vigie"):
            path = f"{FIELD}/{name}.conf"
            out = self.run_vigie("check", "--explain", path)[1].replace(str(FIELD), "FIELD")
            # Behind the last line of the check itself, whose counts are not meant here.
            said = out[out.index("\n\n", out.index(f"FIELD/{name}.conf: ")) + 2:]
            golden = GOLDENS / f"{name}.explained"
            if os.environ.get("VIGIE_WRITE_GOLDENS"):
                GOLDENS.mkdir(exist_ok=True)
                golden.write_text(said)
            self.assertEqual(said, golden.read_text(), path)

    def test_colours_are_for_terminals_that_want_them(self):
        path = self.file(ODD)
        self.assertNotIn("\x1b", self.run_vigie("check", path)[1])
        for no_colour, coloured in (("", True), ("1", False)):
            master, slave = pty.openpty()
            environment = dict(os.environ, TERM="xterm", NO_COLOR=no_colour)
            done = subprocess.Popen([VIGIE, "check", path], stdout=slave, env=environment)
            os.close(slave)
            shown = b""
            while True:
                try:
                    more = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not more:
                    break
                shown += more
            os.close(master)
            self.assertEqual(done.wait(timeout=60), 1)
            self.assertEqual(b"\x1b[1;33mwarning" in shown, coloured)

    def test_plan_of_two_files_needs_no_daemon(self):
        before, after = self.file(GOOD), self.file(GOOD.replace("150", "120"), "b.conf")
        status, out, _ = self.run_vigie("plan", after, "--from", before)
        self.assertEqual(status, 0)
        self.assertEqual(out, f"from {before} to {after}: 1 instance changes\n\n"
                              "VI_1: changes in place\n"
                              "    priority 150 -> 120: who is master may change\n\n"
                              "what that means for a router is not known: no running vigied was asked\n")
        self.assertIn("nothing changes", self.run_vigie("plan", before, "--from", before)[1])

    def test_plan_of_a_file_with_errors_shows_them(self):
        good, bad = self.file(GOOD), self.file(BAD, "bad.conf")
        status, out, _ = self.run_vigie("plan", bad, "--from", good)
        self.assertEqual(status, 2)
        self.assertIn("error[C0201]", out)

    def test_plan_without_a_daemon_is_not_possible(self):
        status, _, err = self.run_vigie("plan", self.file(GOOD))
        self.assertEqual(status, 1)
        self.assertIn("find a running vigied", err)

    def test_plan_fail_from_the_file_alone_says_what_it_does_not_know(self):
        status, out, _ = self.run_vigie("plan", "--fail", "check", self.file(GOOD))
        self.assertEqual(status, 0)
        self.assertIn("150 - 20 = 130: whom that moves is not known", out)
        self.assertIn("no vigied runs in this directory", out)

    def test_plan_fail_of_something_unknown_names_what_is_known(self):
        status, _, err = self.run_vigie("plan", "--fail", "chekc", self.file(GOOD))
        self.assertEqual(status, 2)
        self.assertIn("it could be one of check, eth0", err)

    def test_plan_fail_each_is_a_list_in_json(self):
        status, out, _ = self.run_vigie("plan", "--fail", "each", "--json", self.file(GOOD))
        self.assertEqual(status, 0)
        self.assertEqual([one["failing"] for one in json.loads(out)], [["script check"], ["interface eth0"]])

    def test_plan_of_nothing_asks_back(self):
        status, _, err = self.run_vigie("plan")
        self.assertEqual(status, 2)
        self.assertIn("plan what?", err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
