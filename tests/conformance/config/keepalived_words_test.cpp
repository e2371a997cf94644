// The same text, and the words that Debian's keepalived and vigie make of it: random definitions, conditions, repetitions,
// comments and quotes in a notification_email block, which keepalived shows word by word when it is started with -d.
//
// What is known to differ (docs/differences.md) is not written by the generator. Needs keepalived and namespaces of its own;
// says so and skips where they are missing.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/config/parser.hpp"

namespace config {
namespace {

using Words = std::vector<std::string>;

constexpr int kCasesInAFile = 60;
constexpr int kFiles = 4;

// One case: lines whose names nobody else uses.
class Writer {
 public:
  Writer(std::uint32_t seed, int number) : random_(seed), prefix_("c" + std::to_string(number)) {}

  std::string write() {
    for (std::size_t left = 2 + below(8); left > 0; --left) line();
    return text_;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool sometimes(std::size_t times = 4) { return below(times) == 0; }

  template <std::size_t N>
  const char* one_of(const char* const (&all)[N]) {
    return all[below(N)];
  }

  std::string plain() {
    static constexpr const char* kAll[] = {"a",  "b1",  "x.y", "-1",  "10.0.0.1/24", "fe80::1",
                                           "'q", "m@n", "k=v", "(p)", "\\x",         "s,t"};
    return one_of(kAll);
  }

  std::string word() {
    if (!single_.empty() && sometimes(2)) {
      const std::string& name = single_[below(single_.size())];
      switch (below(5)) {
        case 0: return "${" + name + "}";
        case 1: return "l${" + name + "}r";
        case 2: return "$" + name;
        case 3: return "\"${" + name + "} q\"";
        default: return "$" + name + ", z";
      }
    }
    if (sometimes(6)) return "\"two words\"";
    if (sometimes(8)) return "glued\"to it\"both";
    return plain();
  }

  std::string words() {
    std::string made = word();
    for (std::size_t left = below(3); left > 0; --left)
      made += (sometimes() ? "\t " : " ") + word();
    return made;
  }

  // Without `#`, which keepalived takes for a comment when it is put in.
  std::string value() {
    std::string made = sometimes(6) ? "" : plain();
    if (sometimes(3)) made += " \"v w\"";
    if (!single_.empty() && sometimes(3)) made += "${" + single_[below(single_.size())] + "}";
    return made;
  }

  std::string condition() {
    static constexpr const char* kAll[] = {"@here ", "@^here ", "@there ", "@^there\t"};
    return sometimes(5) ? one_of(kAll) : "";
  }

  std::string name() { return prefix_ + static_cast<char>('A' + names_++); }

  std::string repetition(std::string& variable) {
    static constexpr const char* kNumbers[] = {"3",     "2,4",     "4,2",    "1,2,6", "6,-2,1",
                                               "0x8,9", "010,012", " 1 , 3", "9,12"};
    static constexpr const char* kBelowZero[] = {"-2", "-1,1", "1,-1", "2,-2,-4"};
    static constexpr const char* kLists[] = {"p,q", "p,,r", "p", "1.2,-3"};
    variable = name();
    switch (below(5)) {
      case 0: return "~SEQ(" + variable + "," + one_of(kNumbers) + ") ";
      case 1: return "~SEQ(" + variable + "," + one_of(kBelowZero) + ")  ";
      case 2: return "~SEQ (" + variable + " 1 3)";
      case 3: return "~SEQx(" + variable + "," + one_of(kNumbers) + ")";
      default: return "~LST(" + variable + "," + one_of(kLists) + ") ";
    }
  }

  void say(std::string line) {
    if (sometimes(8)) line += " # \"no\" more";
    if (sometimes(12)) line += " !{ or less";
    text_ += (sometimes(3) ? "\t  " : "  ") + line + "\n";
  }

  void line() {
    switch (below(10)) {
      case 0: {  // a definition, or the same one again
        const bool again = !single_.empty() && sometimes(3);
        const std::string made = again ? single_[below(single_.size())] : name();
        // One that is made under a condition is not relied on; another value of its own name would never end.
        const bool is_sure = !again;
        say((is_sure ? "" : condition()) + "$" + made + "=" + (again ? plain() : value()));
        if (is_sure) single_.push_back(made);
        break;
      }
      case 1: {  // one of several lines
        const std::string made = name();
        text_ += "  $" + made + "=" + (sometimes(3) ? "first" : "") + " \\\n";
        // keepalived can end itself over a condition on the first of its lines.
        bool is_first = true;
        for (std::size_t left = 1 + below(3); left > 0; --left, is_first = false) {
          if (sometimes(5)) text_ += sometimes(2) ? "   \n" : " # nothing \n";
          text_ += "    " + (is_first ? "" : condition()) + words() + (left > 1 ? " \\\n" : "\n");
        }
        several_.push_back(made);
        break;
      }
      case 2:
        if (several_.empty()) return say(words());
        say((sometimes(3) ? plain() + " " : "") + "$" + several_[below(several_.size())]);
        break;
      case 3: {
        std::string variable;
        const std::string head = repetition(variable);
        say(head + words() + " n${" + variable + "}");
        break;
      }
      case 4: {
        std::string outer;
        std::string inner;
        const std::string heads = repetition(outer) + " " + repetition(inner);
        say(heads + "o${" + outer + "}i${" + inner + "} $" + inner);
        break;
      }
      case 5:
        if (several_.empty()) return say(words());
        {
          std::string variable;
          const std::string head = repetition(variable);
          say(head + " $" + several_[below(several_.size())]);
        }
        break;
      case 6: say("h\\#i\\!j " + plain() + " \"\\#\""); break;  // with no name beside it
      case 7: text_ += sometimes(2) ? "\n" : "  ! \"a comment\n"; break;
      default: say(condition() + words()); break;
    }
  }

  std::mt19937 random_;
  const std::string prefix_;
  std::string text_;
  int names_ = 0;
  std::vector<std::string> single_;
  std::vector<std::string> several_;
};

std::string whole(const std::vector<std::string>& cases) {
  std::string text =
      "vrrp_instance V {\n interface w0\n virtual_router_id 1\n virtual_ipaddress {\n 192.0.2.1\n "
      "}\n"
      "}\nglobal_defs {\n smtp_server 127.0.0.1\n notification_email_from a@b\n"
      " notification_email {\n";
  for (std::size_t i = 0; i < cases.size(); ++i)
    text += cases[i] + "end-of-" + std::to_string(i) + "\n";
  return text + " }\n}\n";
}

// The words of each case, told apart by the words that end them. Nothing when one is missing.
std::optional<std::vector<Words>> by_case(const Words& all, std::size_t count) {
  std::vector<Words> made(1);
  for (const std::string& word : all) {
    if (word == "end-of-" + std::to_string(made.size() - 1)) {
      made.emplace_back();
    } else {
      made.back().push_back(word);
    }
  }
  if (made.size() != count + 1) return std::nullopt;
  made.pop_back();
  return made;
}

std::string output_of(const std::string& command) {
  std::string made;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return made;
  char buffer[4096];
  for (std::size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    made.append(buffer, got);
  (void)::pclose(pipe);  // it is killed: how it ends says nothing
  return made;
}

constexpr const char* kInNamespaces =
    "unshare --user --map-root-user --net --mount --pid --fork --kill-child";

// What keepalived lists below "Email notification to:". It runs until it is killed, `seconds` after its start.
Words words_of_keepalived(const std::filesystem::path& file, int seconds) {
  const std::string log = output_of(
      std::string(kInNamespaces) +
      " sh -c 'mount -t tmpfs none /run && ip link add w0 type veth peer name w1 && ip link set w0 "
      "up"
      " && timeout -s KILL " +
      std::to_string(seconds) + " keepalived -n -l -d -P -i here -f " + file.string() + "' 2>&1");
  Words made;
  bool is_in_list = false;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    // "Sun Nov 22 06:47:44 2026:    word"
    const std::size_t stamp = line.find(": ");
    const std::size_t year = line.find(" 20");
    if (year == std::string::npos) continue;
    const std::size_t begin = line.find(": ", year);
    if (stamp == std::string::npos || begin == std::string::npos) continue;
    const std::string said = line.substr(begin + 2);
    if (said == " Email notification to:") {
      is_in_list = true;
    } else if (is_in_list && said.starts_with("   ")) {
      made.push_back(said.substr(3));
    } else if (is_in_list) {
      break;
    }
  }
  return made;
}

// Gone with the test, however it ends.
struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "vigie-words-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;  // what is left shows itself elsewhere
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

TEST(KeepalivedWords, AreThoseThatVigieReads) {
  if (output_of("command -v keepalived").empty()) GTEST_SKIP() << "keepalived is not installed";
  if (output_of(std::string(kInNamespaces) + " echo yes 2>&1") != "yes\n")
    GTEST_SKIP() << "namespaces cannot be made here";
  const Folder folder;
  const char* asked = std::getenv("VIGIE_WORDS_FILES");
  const int files = asked != nullptr ? std::atoi(asked) : kFiles;
  const char* first = std::getenv("VIGIE_WORDS_SEED");
  const std::uint32_t seed = first != nullptr ? static_cast<std::uint32_t>(std::atoi(first)) : 1;
  std::size_t compared = 0;
  for (int number = 0; number < files; ++number) {
    std::vector<std::string> cases;
    for (int i = 0; i < kCasesInAFile; ++i)
      cases.push_back(
          Writer(seed * 1'000'003U + static_cast<std::uint32_t>(number * kCasesInAFile + i), i)
              .write());
    const std::filesystem::path path = folder.path / "keepalived.conf";
    std::ofstream(path) << whole(cases);
    const Parsed parsed = parse(path.string(), disk(), {.id = "here"});
    const auto ours = by_case(parsed.model.mail.to, cases.size());
    ASSERT_TRUE(ours) << render(parsed.findings, parsed.files);
    // Its start takes as long as the machine is busy.
    std::optional<std::vector<Words>> theirs;
    for (int seconds = 1; !theirs && seconds <= 32; seconds *= 2)
      theirs = by_case(words_of_keepalived(path, seconds), cases.size());
    ASSERT_TRUE(theirs) << "keepalived does not come to the end of\n" << whole(cases);
    for (std::size_t i = 0; i < cases.size(); ++i)
      EXPECT_EQ((*ours)[i], (*theirs)[i]) << "of\n" << cases[i];
    compared += cases.size();
  }
  std::printf("%zu texts compared\n", compared);
}

}  // namespace
}  // namespace config
