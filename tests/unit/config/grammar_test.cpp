// What a text says once definitions, conditions and repetitions are through with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/config/lexer.hpp"
#include "memory_files.hpp"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The tree as one line: words with a blank between them, blocks in braces, lines ended by a semicolon.
std::string flat(const std::vector<Line>& lines) {
  std::string made;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.words.size(); ++i)
      made += (i == 0 ? "" : " ") + line.words[i].text;
    if (line.has_block) made += "{" + flat(line.block) + "}";
    made += ";";
  }
  return made;
}

struct Said {
  Tree tree;
  std::vector<SourceFile> files;
  std::vector<Diagnostic> findings;
  std::string text() const { return flat(tree.lines); }
  std::string codes() const {
    std::string made;
    for (const Diagnostic& finding : findings) made += (made.empty() ? "" : " ") + finding.code;
    return made;
  }
};

Said said(const MemoryFiles& files, const Options& options = {.id = "here"}) {
  Said made;
  Findings findings;
  FileReader reader = reader_of(files);
  reader.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name != "SITE") return std::nullopt;
    return "paris";
  };
  made.tree = read_lines("/etc/a.conf", reader, options, made.files, findings);
  made.findings = findings.take();
  for (Diagnostic& finding : made.findings)
    finding.trace = made.tree.origins.trace(finding.at, made.files);
  return made;
}

Said said(const std::string& text) { return said({{"/etc/a.conf", text}}); }

// --- definitions

TEST(Definition, IsPutInWhereItsNameStands) {
  EXPECT_EQ(said("$A=one\n$A two\nx$A y\nx$A, y\n$A) $A/24\n").text(),
            "one two;xone y;xone, y;one) one/24;");
  EXPECT_EQ(said("$A=one\nx${A}y ${A}${A}\n").text(), "xoney oneone;");
}

TEST(Definition, IsPutInInQuotesToo) {
  EXPECT_EQ(said("$A=b\n\"${A} c\" \"$A c\" x\n").text(), "b c b c x;");
}

TEST(Definition, WithoutBracesNeedsAnEndOfTheName) {
  const Said s = said("$A=one\nx $Ab $A.b \"$A\" $A$\n");
  EXPECT_EQ(s.text(), "x $Ab $A.b $A $A$;");
}

TEST(Definition, MayHoldSeveralWordsAndQuotesAndNothing) {
  EXPECT_EQ(said("$A= w \"q r\"  s # comment\npre $A post\n").text(), "pre w q r s post;");
  EXPECT_EQ(said("$A=\nx${A}y $A z\n").text(), "xy z;");
}

TEST(Definition, NeedsItsEqualsSignBesideTheName) {
  EXPECT_EQ(said("$A =1\n$9=1\n$A-B=1\n").text(), "$A =1;$9=1;$A-B=1;");
}

TEST(Definition, IsLookedAtWhenItIsUsedSoTheLastValueCounts) {
  EXPECT_EQ(said("$BASE=10.2.${SUB}\n$SUB=0\n${BASE}.100/32\n$SUB=10\n${BASE}.100/32\n").text(),
            "10.2.0.100/32;10.2.10.100/32;");
}

TEST(Definition, OfSeveralLinesMakesSeveralLines) {
  EXPECT_EQ(said("$A= \\\n one \\\n two\n$A\nx $A\n${A}\n").text(), "one;two;x one;two;one;two;");
  EXPECT_EQ(said("$A=first \\\n second\n$A\n").text(), "first;second;");
  EXPECT_EQ(said("$A=\\\n only\n$A\nx\n").text(), "only;x;");
}

TEST(Definition, OfSeveralLinesHoldsWholeBlocksAndIsReadAnewEachTime) {
  EXPECT_EQ(said("$I= \\\nvrrp_instance VI_${NUM} { \\\n  interface eth0.${NUM} \\\n"
                 "  @here priority 130 \\\n  @there priority 120 \\\n}\n"
                 "$NUM=0\n$I\n$NUM=1\n$I\n")
                .text(),
            "vrrp_instance VI_0{interface eth0.0;priority 130;};"
            "vrrp_instance VI_1{interface eth0.1;priority 130;};");
}

TEST(Definition, OfSeveralLinesMayUseAndMakeOthers) {
  EXPECT_EQ(said("$X= \\\n 1 \\\n 2\n$Y= \\\n a \\\n $X \\\n $N=7 \\\n b$N\n$Y\nz $N\n").text(),
            "a;1;2;b7;z 7;");
}

TEST(Definition, GoesOnOverCommentsAndBlanksButEndsAtAnEmptyLineAndSaysSo) {
  EXPECT_EQ(said("$A= \\\n a \\\n# no \\\n  # nor this\n   \n b # c \\\n d\n$A\nend\n").text(),
            "a;b;d;end;");
  const Said cut = said("$A= \\\n a \\\n\n b\n$A\n");
  EXPECT_EQ(cut.text(), "b;a;");
  EXPECT_EQ(cut.codes(), "C0272");
}

TEST(Definition, OfSeveralLinesIsLeftAloneInsideALine) {
  const Said s = said("$A= \\\n a \\\n b\nx $A y\n");
  EXPECT_EQ(s.text(), "x $A y;");
  EXPECT_EQ(s.codes(), "C0273");
}

TEST(Definition, ThatIsMissingIsLeftAsItIsAndTheNearestOneNamed) {
  const Said s = said("$PRIO=1\npriority $PRI0\nx ${PRIO_}\n");
  EXPECT_EQ(s.text(), "priority $PRI0;x ${PRIO_};");
  ASSERT_EQ(s.codes(), "C0270 C0270");
  EXPECT_EQ(s.findings[0].label, "did you mean `PRIO`?");
}

TEST(Definition, IsNotMissedInAPasswordOfAFileWithoutAny) {
  EXPECT_TRUE(said("auth_pass a$b\nauth_pass $abc\n").findings.empty());
  EXPECT_EQ(said("auth_pass ${x}\n").codes(), "C0270");  // keepalived takes this for a block
}

TEST(Definition, OfItselfIsAnErrorAndNoHang) {
  EXPECT_EQ(said("$A=x$A\ny $A\nz $A\n").codes(), "C0271");
  EXPECT_EQ(said("$A=$B\n$B=$A\n$A\n").codes(), "C0271");
  EXPECT_EQ(said("$A= \\\n x \\\n $A\n$A\n").codes(), "C0271");
}

TEST(Definition, BoundsWhatItMayGrowTo) {
  std::string text = "$A0=" + std::string(64, 'x') + "\n";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = "${A" + std::to_string(i - 1) + "}";
    text += "$A" + std::to_string(i) + "=" + inner + inner + "\n";
  }
  const Said line = said(text + "y ${A29}\n");
  ASSERT_EQ(line.codes(), "C0102");
  EXPECT_EQ(line.findings[0].at.line, 31U);

  // Empty lines make no words, so only the account stops them.
  std::string lines = "$L0=\n";
  for (int i = 1; i < 30; ++i) {
    const std::string inner = "$L" + std::to_string(i - 1);
    lines += "$L" + std::to_string(i) + "= \\\n" + inner + " \\\n" + inner + "\n";
  }
  EXPECT_EQ(said(lines + "$L29\n").codes(), "C0102");

  std::string deep = "$D0=x\n";
  for (int i = 1; i < 60; ++i)
    deep += "$D" + std::to_string(i) + "=$D" + std::to_string(i - 1) + "\n";
  EXPECT_EQ(said(deep + "$D59\n").codes(), "C0102");
  EXPECT_EQ(said(deep + "$D31\n").text(), "x;");
}

TEST(Definition, MayHoldBracesThatOpenAndCloseBlocks) {
  EXPECT_EQ(said("$O=block {\n$O\n a\n}\n$B={ x }\ny $B\n").text(), "block{a;};y{x;};");
}

TEST(Definition, ChangesNothingBehindAnUndefinedOne) {
  EXPECT_EQ(said("$A=1\nx $U $A\n").text(), "x $U 1;");
}

// --- what is built in

TEST(BuiltIn, KnowsFolderIdAndEnvironment) {
  const Said s = said({{"/etc/a.conf", "p ${_PWD} $_PWD\ninclude sub/b\nq ${_PWD}\n"},
                       {"/etc/sub/b", "i ${_PWD} ${_INSTANCE} ${_ENV SITE}x\n"}});
  EXPECT_EQ(s.text(), "p /etc /etc;i /etc/sub here parisx;q /etc;");
  EXPECT_TRUE(s.findings.empty());
}

TEST(BuiltIn, HashAndBangStartNoComment) {
  EXPECT_EQ(said("a${_HASH}b c ${_BANG}d\n").text(), "a#b c !d;");
}

TEST(BuiltIn, RandomStaysInItsRangeAndIsTheSameAtEachReading) {
  const std::string text = "x ${_RANDOM} ${_RANDOM 7} ${_RANDOM 3 3} ${_RANDOM 40000 40001}\n";
  const Said s = said(text);
  const auto& words = s.tree.lines.at(0).words;
  ASSERT_EQ(words.size(), 5U);
  EXPECT_LE(std::stoul(words[1].text), 32767U);
  EXPECT_GE(std::stoul(words[2].text), 7U);
  EXPECT_EQ(words[3].text, "3");
  EXPECT_EQ(words[4].text.substr(0, 4), "4000");
  EXPECT_EQ(said(text).text(), s.text());
  EXPECT_NE(said({{"/etc/a.conf", text}}, {.id = "there"}).text(), s.text());
  const std::string seeded = "global_defs {\n random_seed 5\n}\n" + text;
  EXPECT_EQ(said({{"/etc/a.conf", seeded}}, {.id = "there"}).text(), said(seeded).text());
}

TEST(BuiltIn, GivesWayToADefinition) {
  EXPECT_EQ(said("$_PWD=mine\nx ${_PWD}\n").text(), "x mine;");
}

TEST(BuiltIn, SaysWhenTheEnvironmentLacksAVariable) {
  const Said s = said("x ${_ENV NOPE}y\n");
  EXPECT_EQ(s.text(), "x y;");
  EXPECT_EQ(s.codes(), "C0276");
}

// --- conditions

TEST(Condition, KeepsALineForItsHostAndDropsItForOthers) {
  EXPECT_EQ(said("@here a\n@there b\n@^here c\n@^there d\n@here\te\n").text(), "a;d;e;");
}

TEST(Condition, ComparesTheWholeIdAndSaysNothingAlone) {
  EXPECT_EQ(said("@her a\n@heree b\n@here\n@ c\n@^ d\n").text(), "d;");
}

TEST(Condition, StandsBeforeDefinitionsRepetitionsAndOtherConditions) {
  EXPECT_EQ(said("@here $P=1\n@there $P=2\n@here @^there x $P\n@here ~SEQ(i,2) y$i\n").text(),
            "x 1;y1;y2;");
}

TEST(Condition, ComesOutOfADefinition) {
  EXPECT_EQ(said("$ME=@here\n$IT=@there\n$ME a\n$IT b\n").text(), "a;");
}

TEST(Condition, StandsBehindABrace) { EXPECT_EQ(said("a { @there b\n c }\n").text(), "a{c;};"); }

TEST(Condition, DropsADefinitionWithAllItsLines) {
  EXPECT_EQ(said("@there $A= \\\n a \\\n b\nc $A\n").text(), "c $A;");
}

TEST(Condition, IsOfTheHostsNameWhenNoIdIsGiven) {
  const MemoryFiles files{{"/etc/a.conf", "@gulp a\n@odlyd b\n"}};
  std::vector<SourceFile> read;
  Findings findings;
  FileReader reader = reader_of(files);
  reader.host = [] { return std::string("gulp"); };
  EXPECT_EQ(flat(read_lines("/etc/a.conf", reader, {}, read, findings).lines), "a;");
}

// --- repetitions

TEST(Sequence, CountsAsItsParametersSay) {
  EXPECT_EQ(said("~SEQ(i, 3) a$i\n").text(), "a1;a2;a3;");
  EXPECT_EQ(said("~SEQ(i, -2) a$i\n").text(), "a-1;a-2;");
  EXPECT_EQ(said("~SEQ(i, 0) a$i\n").text(), "a1;a0;");
  EXPECT_EQ(said("~SEQ(i,3,1) a$i\n").text(), "a3;a2;a1;");
  EXPECT_EQ(said("~SEQ(i,1,2,6) a${i}b\n").text(), "a1b;a3b;a5b;");
  EXPECT_EQ(said("~SEQ(i,6,-2,1) a${i}\n").text(), "a6;a4;a2;");
  EXPECT_EQ(said("~SEQ(i,0x8,012) a$i\n").text(), "a8;a9;a10;");
  EXPECT_EQ(said("~SEQ (i 1 2)a$i b\n").text(), "a1 b;a2 b;");
}

TEST(Sequence, CountsInHexWhenAsked) {
  EXPECT_EQ(said("~SEQx(N, 144, 16, 192) fe80::20:${N}:1\n").text(),
            "fe80::20:90:1;fe80::20:a0:1;fe80::20:b0:1;fe80::20:c0:1;");
}

TEST(Sequence, NestsWithTheLastOneFastest) {
  EXPECT_EQ(said("~SEQ(i,2) ~SEQ(j,$i) a${i}${j}\nend $i$ ${j}\n").text(),
            "a11;a21;a22;end $i$ 2;");
}

TEST(Sequence, RepeatsWholeBlocksByADefinition) {
  EXPECT_EQ(said("$V= \\\nvrrp_script s${N} { \\\n interval $N \\\n}\n~SEQ(N,2) $V\nx\n").text(),
            "vrrp_script s1{interval 1;};vrrp_script s2{interval 2;};x;");
}

TEST(Sequence, TakesItsNumbersFromDefinitions) {
  EXPECT_EQ(said("$N=2\n~SEQ(i,$N) a$i\n~SEQ(i,1,${N}) b$i\n").text(), "a1;a2;b1;b2;");
}

TEST(List, GoesThroughItsValues) {
  EXPECT_EQ(said("~LST(v, red, green) a${v}b\n").text(), "aredb;agreenb;");
  EXPECT_EQ(said("~LST({a, b}, {1,2}, {3}) x${a}y${b}\n").text(), "x1y2;x3y;");
  EXPECT_EQ(said("~LST(a,,b) x${a}\n").text(), "x;xb;");
  EXPECT_EQ(said("~LST(v,p,q) ~SEQ(i,2) ${v}${i}\n").text(), "p1;p2;q1;q2;");
  EXPECT_EQ(said("$V=p,q\n~LST(a,$V,${V}r) x${a}\n").text(), "xp,q;xp,qr;");
}

TEST(Repetition, ThatCannotBeReadIsAnErrorWithAReason) {
  for (const char* text : {"~SEQ(i,1,0,3) a",   "~SEQ(i,1,-1,3) a", "~SEQ(i,1,1,0) a",
                           "~SEQ(i,x) a",       "~SEQ(i) a",        "~SEQ() a",
                           "~SEQ(i,1,2,3,4) a", "~SEQ(i,3 a",       "~SEQ a",
                           "~SEQX(i,3) a",      "~SEQ(i,3)",        "~SEQ(9,3) a",
                           "~SEQx(i,-2) a",     "~SEQ(i,) a",       "~SEQ(i,9999999999999) a",
                           "~LST(v) a",         "~LST(v,b c) a",    "~LST({a,b},{1,2,3}) a",
                           "~LSTx(v,a) b",      "~LST(a-b,1) x"}) {
    const Said s = said(std::string(text) + "\nend\n");
    EXPECT_EQ(s.codes(), "C0274") << text;
    EXPECT_FALSE(s.findings.at(0).label.empty()) << text;
    EXPECT_EQ(s.text(), "end;") << text;
  }
}

TEST(Repetition, IsTextWhereItDoesNotBeginTheLine) {
  EXPECT_EQ(said("x ~SEQ(i,2) y\n~FOO(i) z\n").text(), "x ~SEQ(i,2) y;~FOO(i) z;");
}

TEST(Repetition, IsStoppedWhenItNeverEnds) {
  const Said s = said("~SEQ(a,1000000) ~SEQ(b,1000000) @there x\nend\n");
  ASSERT_EQ(s.codes(), "C0102");
  EXPECT_EQ(s.findings[0].at.line, 1U);
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += "~SEQ(i,1) ";
  EXPECT_EQ(said(nested + "x\n").codes(), "C0102");
}

// --- include

TEST(Include, FollowsConditionsAndDefinitions) {
  const MemoryFiles files{{"/etc/a.conf",
                           "@here include b\n@there include none\n$F=b\ninclude $F\n"
                           "include ${_PWD}/b\n$M= \\\n x \\\n include b \\\n y\n$M\n"},
                          {"/etc/b", "inc\n"}};
  const Said s = said(files);
  EXPECT_EQ(s.text(), "inc;inc;inc;x;inc;y;");
  EXPECT_TRUE(s.findings.empty());
}

TEST(Include, TakesAlternativesInTheirOrder) {
  const MemoryFiles files{{"/etc/a.conf", "include {z,b}{1,2}\ninclude {z{1,2},none*}\n"},
                          {"/etc/b1", "b1\n"},
                          {"/etc/z1", "z1\n"},
                          {"/etc/z2", "z2\n"},
                          {"/etc/b2", "b2\n"}};
  EXPECT_EQ(said(files).text(), "z1;z2;b1;b2;z1;z2;");
  EXPECT_TRUE(said(files).findings.empty());
}

// Measured: "E" where keepalived -t of 2.2.7 ends with the status of a missing file.
TEST(Include, DemandsWhatItsKindDemands) {
  const char* patterns[] = {"none", "none*", "{b,none}", "{b,none*}"};
  const std::pair<const char*, const char*> kinds[] = {{"include", "w.w."},  {"includer", "w.w."},
                                                       {"includem", "E.w."}, {"includew", "EEw."},
                                                       {"includeb", "w.E."}, {"includea", "EEE."}};
  for (const auto& [kind, expected] : kinds) {
    std::string got;
    for (const char* pattern : patterns) {
      const Said s =
          said({{"/etc/a.conf", std::string(kind) + " " + pattern + "\n"}, {"/etc/b", ""}});
      got += s.codes() == "C0101"   ? 'E'
             : s.codes() == "C0103" ? 'w'
             : s.codes().empty()    ? '.'
                                    : '?';
    }
    EXPECT_EQ(got, expected) << kind;
  }
}

TEST(Include, CheckHoldsForTheFileAndThoseBelowIt) {
  const MemoryFiles files{
      {"/etc/a.conf",
       "include b\ninclude none1\nglobal_defs {\n include_check match\n}\n"
       "include c\ninclude none4\n"},
      {"/etc/b", "global_defs {\n include_check\n}\ninclude none0\n"},
      {"/etc/c", "include none2\nglobal_defs {\n include_check -match\n}\ninclude none3\n"}};
  EXPECT_EQ(said(files).codes(), "C0103 C0101 C0101 C0101 C0103");
  std::vector<std::string> places;
  for (const Diagnostic& finding : said(files).findings)
    places.push_back(finding.message.substr(25));
  EXPECT_THAT(places, ElementsAre("1", "4", "0", "2", "3"));
}

TEST(Include, CheckThatIsNoneIsRefused) {
  const Said s = said("global_defs {\n include_check +match bogus\n}\n");
  EXPECT_EQ(s.codes(), "C0117");
  EXPECT_EQ(s.findings.at(0).at, (Position{0, 2, 23}));
}

// --- where things stand

TEST(Place, OfAWordOutOfADefinitionIsItsUseAndTheNoteSaysWhereItWasWritten) {
  const Parsed parsed = parse_text(
      "$PRIO=300\nvrrp_instance V {\n interface e\n virtual_router_id 1\n priority $PRIO\n"
      " virtual_ipaddress {\n  192.0.2.1\n }\n}\n");
  ASSERT_EQ(parsed.findings.at(0).code, "C0107");
  EXPECT_EQ(parsed.findings[0].at, (Position{0, 5, 11}));
  EXPECT_EQ(parsed.findings[0].width, 5);
  EXPECT_THAT(parsed.findings[0].trace,
              ElementsAre("out of `$PRIO`, written at /etc/vigie.conf:1:7"));
  EXPECT_THAT(render(parsed.findings, parsed.files),
              HasSubstr("5 |  priority $PRIO\n   |           ^^^^^ must be"));
}

TEST(Place, OfAWordWithADefinitionInItIsTheWholeWord) {
  const Said s = said("$N=7\nx 10.0.${N}.1/24 y\n");
  const Word& word = s.tree.lines.at(0).words.at(1);
  EXPECT_EQ(word.text, "10.0.7.1/24");
  EXPECT_EQ(word.at, (Position{0, 2, 3}));
  EXPECT_EQ(word.width, 14);
  EXPECT_EQ(s.tree.lines[0].words[2].at, (Position{0, 2, 18}));
}

TEST(Place, OfABlockOutOfADefinitionIsItsUseAndEachRoundIsNamed) {
  const Parsed parsed = parse_text(
      "$V= \\\nvrrp_instance V${N} { \\\n interface e \\\n virtual_router_id ${N} \\\n"
      " priority 25${P} \\\n virtual_ipaddress { \\\n 192.0.2.${N} \\\n } \\\n}\n$P=9\n~SEQ(N, 1, "
      "2) $V\n");
  ASSERT_EQ(parsed.findings.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Diagnostic& finding = parsed.findings[i];
    EXPECT_EQ(finding.code, "C0107");
    EXPECT_EQ(finding.at, (Position{0, 11, 15}));
    EXPECT_THAT(finding.trace, ElementsAre("out of `$V`, written at /etc/vigie.conf:5:11",
                                           "with N = " + std::to_string(i + 1) +
                                               ", counted at /etc/vigie.conf:11:1"));
  }
}

TEST(Place, OfAPieceOfACommandIsFoundThroughDefinitions) {
  const Parsed parsed =
      parse_text("$U=no/body\nvrrp_script s {\n script \"/bin/true\" ${U} x\n}\n");
  EXPECT_THAT(places(parsed), HasSubstr("C0221@3:21"));
}

// --- secrets

// The findings of an instance with this password line, as a terminal shows them.
std::string shown(const std::string& before, const std::string& password) {
  const Parsed parsed = parse_text(before +
                                   "vrrp_instance V {\n interface e\n virtual_router_id 1\n"
                                   " authentication {\n  auth_type PASS\n" +
                                   password + "\n }\n}\n");
  return render(parsed.findings, parsed.files);
}

TEST(Secret, StaysHiddenWhenItComesOutOfADefinition) {
  for (const char* before : {"$X=swordfish#y\n", "$X= \\\n swordfish#y\n", "@^no $X=swordfish#y\n",
                             "$Y=swordfish#y\n$X=${Y}\n", "~LST(X, swordfish) x\n"}) {
    const std::string text = shown(before, "  auth_pass more${X}");
    EXPECT_THAT(text, HasSubstr("C0210")) << before;  // longer than eight bytes
    EXPECT_THAT(text, Not(HasSubstr("swordf"))) << before << text;
  }
}

TEST(Secret, StaysHiddenWhenItsDefinitionIsNotPutIn) {
  const std::string text = shown("$X= \\\n swordfish#y\n", "  auth_pass ${X}more");
  EXPECT_THAT(text, HasSubstr("C0273"));
  EXPECT_THAT(text, Not(HasSubstr("swordf"))) << text;
}

TEST(Secret, StaysHiddenBehindConditionsAndRepetitions) {
  for (const char* line : {"@^no auth_pass swordfish", "~SEQ(i,1) auth_pass swordfish",
                           "~LST(P, swordfish) auth_pass ${P}", "$L=auth_pass swordfish\n$L"}) {
    const std::string text = shown("", line);
    EXPECT_THAT(text, HasSubstr("C0210")) << line;
    EXPECT_THAT(text, Not(HasSubstr("swordf"))) << line << text;
  }
}

TEST(Secret, IsWhatADefinitionCallsOne) {
  EXPECT_THAT(shown("$DB_PASSWORD=swordfish#y\n", " auth_pass x"), Not(HasSubstr("swordf")));
}

// --- both tokenizers

TEST(Quotes, OfCommandsKnowEscapes) {
  const Parsed parsed =
      parse_text("vrrp_script s {\n script \"/bin/sh -c 'echo \\\"{ #1\\\" }' \\x41\\061\"\n}\n");
  ASSERT_TRUE(parsed.usable()) << render(parsed.findings, parsed.files);
  EXPECT_THAT(parsed.model.scripts.at(0).command.arguments,
              ElementsAre("/bin/sh", "-c", "echo \"{ #1\" }", "A1"));
}

TEST(Quotes, OfOtherWordsKnowNone) {
  EXPECT_EQ(said("a \"b\\c\" d\n").text(), "a b\\c d;");
  EXPECT_EQ(said("a \"b \\\" c\" d\n").codes(), "C0108");
}

TEST(Backslash, ContinuesNoOrdinaryLineAndSaysSo) {
  const Said s = said("a b \\\nc\n");
  EXPECT_EQ(s.text(), "a b;c;");
  EXPECT_EQ(s.codes(), "C0275");
  EXPECT_EQ(s.findings[0].at, (Position{0, 1, 5}));
}

}  // namespace
}  // namespace config
