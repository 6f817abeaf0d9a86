//! What each line that somebody may type is read as, verb by verb.

mod parser_kit;

use parser_kit::{CHAT, PLAIN, TAGGED, read};
use taifas::limits::{TOKEN_BYTES, TOPIC_BYTES};
use taifas::parser::Mode;
use taifas::protocol::Verb;

#[track_caller]
fn all(mode: Mode, cases: &[(&str, &str)]) {
    for (line, want) in cases {
        assert_eq!(read(line.as_bytes(), mode), *want, "{line:?}");
    }
}

#[test]
fn lines_with_nothing_in_them() {
    all(PLAIN, &[("", "-"), (" ", "-"), ("    ", "-"), ("\t", "-"), (" \t ", "-")]);
    all(TAGGED, &[("", "-"), ("  ", "-")]);
    all(CHAT, &[("", "-"), ("   ", "-"), ("\t", "-"), ("\u{3000}", "-")]);
}

#[test]
fn verbs_in_any_case_with_a_slash_and_spaces_before() {
    all(
        PLAIN,
        &[
            ("TERMS", "TERMS"),
            ("terms", "TERMS"),
            ("tErMs", "TERMS"),
            ("/terms", "TERMS"),
            ("  /terms  ", "TERMS"),
            ("   terms", "TERMS"),
            ("//terms", "FAIL LINE UNKNOWN_COMMAND"),
            ("/ terms", "FAIL LINE UNKNOWN_COMMAND"),
            ("/", "FAIL LINE UNKNOWN_COMMAND"),
            (":", "FAIL LINE UNKNOWN_COMMAND"),
            (":ana MSG #lobby :hi", "FAIL LINE UNKNOWN_COMMAND"),
            ("nick ana", "FAIL NICK UNKNOWN_COMMAND"),
            ("/Nick ana", "FAIL NICK UNKNOWN_COMMAND"),
            ("hello everybody", "FAIL HELLO UNKNOWN_COMMAND"),
            ("hello, everybody", "FAIL LINE UNKNOWN_COMMAND"),
            ("aaaaaaaaaaaaaaaa", "FAIL AAAAAAAAAAAAAAAA UNKNOWN_COMMAND"),
            ("aaaaaaaaaaaaaaaaa", "FAIL LINE UNKNOWN_COMMAND"),
            ("ms\x1bg hi", "FAIL LINE UNKNOWN_COMMAND"),
            ("TERMS\tx", "FAIL LINE UNKNOWN_COMMAND"),
            ("WHISPER ana hi", "FAIL WHISPER UNKNOWN_COMMAND"),
            ("\r", "FAIL LINE UNKNOWN_COMMAND"),
        ],
    );
}

#[test]
fn what_is_not_utf8_is_the_lines_fault_in_every_mode() {
    for mode in [PLAIN, CHAT, TAGGED] {
        for line in
            [&b"\xff"[..], b"MSG caf\xe9", b"/MSG \xc3", b"LOGIN ana p\xffq", b"\xed\xa0\x80"]
        {
            assert_eq!(read(line, mode), "FAIL LINE NOT_UTF8", "{line:?}");
        }
    }
}

#[test]
fn name() {
    all(
        PLAIN,
        &[
            ("NAME ana", "NAME ana"),
            ("NAME   Ana   ", "NAME Ana"),
            ("NAME :ana", "NAME ana"),
            ("NAME", "FAIL NAME PARAMS"),
            ("NAME   ", "FAIL NAME PARAMS"),
            ("NAME ana maria", "FAIL NAME PARAMS"),
            ("NAME 1 2", "FAIL NAME PARAMS"),
            ("NAME :ana maria", "FAIL NAME NAME_INVALID"),
            ("NAME :", "FAIL NAME NAME_INVALID"),
            ("NAME 9ana", "FAIL NAME NAME_INVALID"),
            ("NAME an\x07a", "FAIL NAME NAME_INVALID"),
            ("NAME ană", "FAIL NAME NAME_INVALID"),
            ("NAME ana\r", "FAIL NAME NAME_INVALID"),
        ],
    );
}

#[test]
fn register_and_login_take_the_rest_of_the_line_as_the_password() {
    for verb in ["REGISTER", "LOGIN"] {
        for (params, want) in [
            (" ana", "ana none"),
            (" ana   ", "ana none"),
            (" ana :", "ana none"),
            (" :ana", "ana none"),
            (" ana secret", "ana \"secret\""),
            ("  ana   se cret  ", "ana \"se cret  \""),
            (" ana :secret", "ana \"secret\""),
            (" ana ::secret", "ana \":secret\""),
            (" ana :  secret", "ana \"  secret\""),
            (" ana a:b", "ana \"a:b\""),
            (" ana \ta\u{1b}\u{202e}ă", "ana \"\\ta\\u{1b}\\u{202e}ă\""),
        ] {
            let line = format!("{verb}{params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("{verb} {want}"), "{line:?}");
        }
        for (params, code) in [
            ("", "PARAMS"),
            ("  ", "PARAMS"),
            (" 9ana secret", "NAME_INVALID"),
            (" :ana secret", "NAME_INVALID"),
            (" #lobby", "NAME_INVALID"),
        ] {
            let line = format!("{verb}{params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("FAIL {verb} {code}"), "{line:?}");
        }
    }
}

#[test]
fn passwd() {
    all(
        PLAIN,
        &[
            ("PASSWD", "PASSWD none"),
            ("PASSWD   ", "PASSWD none"),
            ("PASSWD old new", "PASSWD \"old\" \"new\""),
            ("PASSWD  old  ne w ", "PASSWD \"old\" \"ne w \""),
            ("PASSWD old : new", "PASSWD \"old\" \" new\""),
            ("PASSWD :old new", "PASSWD \":old\" \"new\""),
            ("PASSWD o\tld n\x01ew", "PASSWD \"o\\tld\" \"n\\u{1}ew\""),
            ("PASSWD old", "FAIL PASSWD PARAMS"),
            ("PASSWD old  ", "FAIL PASSWD PARAMS"),
            ("PASSWD old :", "FAIL PASSWD PARAMS"),
            ("PASSWD :old", "FAIL PASSWD PARAMS"),
        ],
    );
}

#[test]
fn recover() {
    all(
        PLAIN,
        &[
            ("RECOVER ana ab-cd", "RECOVER ana \"ab-cd\" none"),
            ("RECOVER ana ab-cd  ", "RECOVER ana \"ab-cd\" none"),
            ("RECOVER ana :ab-cd", "RECOVER ana \"ab-cd\" none"),
            ("RECOVER ana ab-cd new", "RECOVER ana \"ab-cd\" \"new\""),
            ("RECOVER ana ab-cd  :n ew ", "RECOVER ana \"ab-cd\" \"n ew \""),
            ("RECOVER", "FAIL RECOVER PARAMS"),
            ("RECOVER ana", "FAIL RECOVER PARAMS"),
            ("RECOVER ana ", "FAIL RECOVER PARAMS"),
            ("RECOVER ana :", "FAIL RECOVER PARAMS"),
            ("RECOVER 9 code", "FAIL RECOVER NAME_INVALID"),
        ],
    );
}

#[test]
fn terms_and_accept() {
    all(
        PLAIN,
        &[
            ("TERMS  ", "TERMS"),
            ("TERMS please", "FAIL TERMS PARAMS"),
            ("TERMS :", "FAIL TERMS PARAMS"),
            ("ACCEPT 2026-11", "ACCEPT \"2026-11\""),
            ("ACCEPT :version two", "ACCEPT \"version two\""),
            ("ACCEPT", "FAIL ACCEPT PARAMS"),
            ("ACCEPT :", "FAIL ACCEPT PARAMS"),
            ("ACCEPT 1 2", "FAIL ACCEPT PARAMS"),
            ("ACCEPT 1\u{7f}", "FAIL ACCEPT BAD_CHARACTER"),
            ("ACCEPT 1\t2", "FAIL ACCEPT BAD_CHARACTER"),
        ],
    );
}

#[test]
fn msg() {
    all(
        PLAIN,
        &[
            ("MSG hi", "MSG none \"hi\" none"),
            ("msg   hi  there  ", "MSG none \"hi  there  \" none"),
            ("/msg hi", "MSG none \"hi\" none"),
            ("MSG :hi", "MSG none \"hi\" none"),
            ("MSG :  hi", "MSG none \"  hi\" none"),
            ("MSG ::)", "MSG none \":)\" none"),
            ("MSG a:b", "MSG none \"a:b\" none"),
            ("MSG :#1 is best", "MSG none \"#1 is best\" none"),
            ("MSG #lobby hi", "MSG #lobby \"hi\" none"),
            ("MSG #Lobby   hi", "MSG #Lobby \"hi\" none"),
            ("MSG #lobby :hi", "MSG #lobby \"hi\" none"),
            ("MSG #lobby   : #hi", "MSG #lobby \" #hi\" none"),
            ("MSG #lobby #1", "MSG #lobby \"#1\" none"),
            ("MSG #1 is best", "MSG #1 \"is best\" none"),
            ("MSG a\tb", "MSG none \"a b\" none"),
            ("MSG ăâ 👍", "MSG none \"ăâ 👍\" none"),
            ("MSG", "FAIL MSG TEXT_MISSING"),
            ("MSG   ", "FAIL MSG TEXT_MISSING"),
            ("MSG :", "FAIL MSG TEXT_MISSING"),
            ("MSG :   ", "FAIL MSG TEXT_MISSING"),
            ("MSG \t", "FAIL MSG TEXT_MISSING"),
            ("MSG \u{3000}", "FAIL MSG TEXT_MISSING"),
            ("MSG #lobby", "FAIL MSG TEXT_MISSING"),
            ("MSG #lobby ", "FAIL MSG TEXT_MISSING"),
            ("MSG #lobby :", "FAIL MSG TEXT_MISSING"),
            ("MSG # hi", "FAIL MSG NO_SUCH_ROOM"),
            ("MSG #", "FAIL MSG NO_SUCH_ROOM"),
            ("MSG #1! hi", "FAIL MSG NO_SUCH_ROOM"),
            ("MSG ## hi", "FAIL MSG NO_SUCH_ROOM"),
            ("MSG \x1b[2J", "FAIL MSG BAD_CHARACTER"),
            ("MSG hi\rana: forged", "FAIL MSG BAD_CHARACTER"),
            ("MSG hi\r", "FAIL MSG BAD_CHARACTER"),
            ("MSG a\0b", "FAIL MSG BAD_CHARACTER"),
            ("MSG a\u{9b}b", "FAIL MSG BAD_CHARACTER"),
            ("MSG a\u{2028}b", "FAIL MSG BAD_CHARACTER"),
            ("MSG a\u{202e}b", "FAIL MSG BAD_CHARACTER"),
            ("MSG #lobby a\u{2066}b", "FAIL MSG BAD_CHARACTER"),
        ],
    );
}

#[test]
fn tell() {
    all(
        PLAIN,
        &[
            ("TELL ion hi", "TELL ion \"hi\" none"),
            ("tell  Ion   :  hi  ", "TELL Ion \"  hi  \" none"),
            ("TELL ion #1 is best", "TELL ion \"#1 is best\" none"),
            ("TELL ion a\tb", "TELL ion \"a b\" none"),
            ("TELL", "FAIL TELL PARAMS"),
            ("TELL ion", "FAIL TELL TEXT_MISSING"),
            ("TELL ion :", "FAIL TELL TEXT_MISSING"),
            ("TELL ion  ", "FAIL TELL TEXT_MISSING"),
            ("TELL :ion hi", "FAIL TELL NAME_INVALID"),
            ("TELL #lobby hi", "FAIL TELL NAME_INVALID"),
            ("TELL 9 hi", "FAIL TELL NAME_INVALID"),
            ("TELL ion \u{1b}[31m", "FAIL TELL BAD_CHARACTER"),
            ("@nonce=1 TELL ion hi", "FAIL TELL PARAMS"),
        ],
    );
    all(
        TAGGED,
        &[
            ("@nonce=a-1 TELL ion :hi", "TELL ion \"hi\" a-1"),
            ("@nonce=_ TELL ion :hi", "FAIL TELL PARAMS"),
        ],
    );
}

#[test]
fn search() {
    all(
        PLAIN,
        &[
            ("SEARCH a", "SEARCH none \"a\""),
            ("SEARCH #lobby a b*", "SEARCH #lobby \"a\" \"b\"*"),
            ("search :#1 \"two words\"", "SEARCH none \"#1\" \"two words\""),
            ("SEARCH #lobby :#1", "SEARCH #lobby \"#1\""),
            ("SEARCH a OR (b)", "SEARCH none \"a\" \"OR\" \"(b)\""),
            ("SEARCH", "FAIL SEARCH TEXT_MISSING"),
            ("SEARCH #lobby", "FAIL SEARCH TEXT_MISSING"),
            ("SEARCH ** & \"\"", "FAIL SEARCH TEXT_MISSING"),
            ("SEARCH # a", "FAIL SEARCH NO_SUCH_ROOM"),
            ("SEARCH a\u{7f}", "FAIL SEARCH BAD_CHARACTER"),
            ("SEARCH 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7", "FAIL SEARCH PARAMS"),
        ],
    );
}

#[test]
fn names_and_who() {
    for verb in ["NAMES", "WHO"] {
        for (params, want) in [
            ("", "none"),
            ("  ", "none"),
            (" #lobby", "#lobby"),
            ("  #Lobby ", "#Lobby"),
            (" :#lobby", "#lobby"),
        ] {
            let line = format!("{verb}{params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("{verb} {want}"), "{line:?}");
        }
        for (params, code) in [
            (" lobby", "NO_SUCH_ROOM"),
            (" #", "NO_SUCH_ROOM"),
            (" #a\x01", "NO_SUCH_ROOM"),
            (" :#lobby #b", "NO_SUCH_ROOM"),
            (" #lobby #b", "PARAMS"),
            (" a b", "PARAMS"),
        ] {
            let line = format!("{verb}{params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("FAIL {verb} {code}"), "{line:?}");
        }
    }
}

#[test]
fn rooms() {
    all(
        PLAIN,
        &[
            ("JOIN #dev", "JOIN #dev"),
            ("join  #Dev ", "JOIN #Dev"),
            ("JOIN :#dev", "JOIN #dev"),
            ("JOIN", "FAIL JOIN PARAMS"),
            ("JOIN dev", "FAIL JOIN PARAMS"),
            ("JOIN #a,#b", "FAIL JOIN PARAMS"),
            ("JOIN #a, #b", "FAIL JOIN PARAMS"),
            ("JOIN #a #b", "FAIL JOIN PARAMS"),
            ("JOIN #", "FAIL JOIN NO_SUCH_ROOM"),
            ("JOIN #a\x01", "FAIL JOIN NO_SUCH_ROOM"),
            ("PART", "PART none"),
            ("PART ", "PART none"),
            ("PART #dev", "PART #dev"),
            ("PART dev", "FAIL PART PARAMS"),
            ("PART #a,#b", "FAIL PART PARAMS"),
            ("PART #a :bye", "FAIL PART PARAMS"),
            ("LIST", "LIST"),
            ("/list  ", "LIST"),
            ("LIST #dev", "FAIL LIST PARAMS"),
            ("TOPIC #dev", "TOPIC #dev none"),
            ("TOPIC #dev   ", "TOPIC #dev none"),
            ("TOPIC #dev :", "TOPIC #dev \"\""),
            ("TOPIC #dev : a  b ", "TOPIC #dev \" a  b \""),
            ("TOPIC #dev a b", "TOPIC #dev \"a b\""),
            ("TOPIC #dev ::)", "TOPIC #dev \":)\""),
            ("TOPIC #dev :a\tb", "TOPIC #dev \"a b\""),
            ("TOPIC", "FAIL TOPIC PARAMS"),
            ("TOPIC dev", "FAIL TOPIC PARAMS"),
            ("TOPIC :#dev", "FAIL TOPIC PARAMS"),
            ("TOPIC #a,#b :x", "FAIL TOPIC PARAMS"),
            ("TOPIC # :x", "FAIL TOPIC NO_SUCH_ROOM"),
            ("TOPIC #dev :a\x07", "FAIL TOPIC BAD_CHARACTER"),
            ("TOPIC #dev :a\u{2028}", "FAIL TOPIC BAD_CHARACTER"),
        ],
    );
    for (len, ok) in [(TOPIC_BYTES - 1, true), (TOPIC_BYTES, true), (TOPIC_BYTES + 1, false)] {
        let read = read(format!("TOPIC #dev :{}", "x".repeat(len)).as_bytes(), PLAIN);
        assert_eq!(read != "FAIL TOPIC TOO_LONG", ok, "{len}");
    }
}

#[test]
fn history() {
    all(
        PLAIN,
        &[
            ("HISTORY", "HISTORY current Latest none"),
            ("HISTORY ", "HISTORY current Latest none"),
            ("HISTORY 20", "HISTORY current Latest 20"),
            ("HISTORY :20", "HISTORY current Latest 20"),
            ("HISTORY #lobby", "HISTORY room #lobby Latest none"),
            ("HISTORY ana", "HISTORY person ana Latest none"),
            ("HISTORY ana 5", "HISTORY person ana Latest 5"),
            ("HISTORY #lobby 1", "HISTORY room #lobby Latest 1"),
            ("HISTORY #1", "HISTORY room #1 Latest none"),
            ("HISTORY AFTER 0", "HISTORY current After(MessageId(0)) none"),
            ("history before 7 3", "HISTORY current Before(MessageId(7)) 3"),
            ("HISTORY #lobby After 1042 100", "HISTORY room #lobby After(MessageId(1042)) 100"),
            ("HISTORY ana BEFORE 9", "HISTORY person ana Before(MessageId(9)) none"),
            ("HISTORY afterwards", "HISTORY person afterwards Latest none"),
            (
                "HISTORY AFTER 18446744073709551615",
                "HISTORY current After(MessageId(18446744073709551615)) none",
            ),
            ("HISTORY AFTER 18446744073709551616", "FAIL HISTORY PARAMS"),
            ("HISTORY 18446744073709551615", "HISTORY current Latest 18446744073709551615"),
            ("HISTORY 99999999999999999999999", "HISTORY current Latest 18446744073709551615"),
            ("HISTORY 0", "FAIL HISTORY PARAMS"),
            ("HISTORY 000", "FAIL HISTORY PARAMS"),
            ("HISTORY 007", "HISTORY current Latest 7"),
            ("HISTORY -5", "FAIL HISTORY PARAMS"),
            ("HISTORY +5", "FAIL HISTORY PARAMS"),
            ("HISTORY 5x", "FAIL HISTORY PARAMS"),
            ("HISTORY after", "FAIL HISTORY PARAMS"),
            ("HISTORY AFTER x", "FAIL HISTORY PARAMS"),
            ("HISTORY AFTER +1", "FAIL HISTORY PARAMS"),
            ("HISTORY AFTER after 5", "FAIL HISTORY PARAMS"),
            ("HISTORY AFTER 1 BEFORE 5", "FAIL HISTORY PARAMS"),
            ("HISTORY 5 AFTER 1", "FAIL HISTORY PARAMS"),
            ("HISTORY 5 5", "FAIL HISTORY PARAMS"),
            ("HISTORY ana maria", "FAIL HISTORY PARAMS"),
            ("HISTORY #a #b", "FAIL HISTORY PARAMS"),
            ("HISTORY ana AFTER 1 2 3", "FAIL HISTORY PARAMS"),
            ("HISTORY :", "FAIL HISTORY PARAMS"),
            ("HISTORY #", "FAIL HISTORY NO_SUCH_ROOM"),
            ("HISTORY #l\u{1b}", "FAIL HISTORY NO_SUCH_ROOM"),
            ("HISTORY an\u{1b}", "FAIL HISTORY NAME_INVALID"),
            ("HISTORY ană", "FAIL HISTORY NAME_INVALID"),
        ],
    );
}

#[test]
fn tags_and_chat() {
    for verb in ["TAGS", "CHAT"] {
        for (params, want) in
            [("ON", "true"), ("on", "true"), (":On", "true"), ("OFF", "false"), ("  oFf ", "false")]
        {
            let line = format!("{verb} {params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("{verb} {want}"), "{line:?}");
        }
        for params in ["", "yes", "ON ON", "1", ":on off", ":"] {
            let line = format!("{verb} {params}");
            assert_eq!(read(line.as_bytes(), PLAIN), format!("FAIL {verb} PARAMS"), "{line:?}");
        }
    }
}

#[test]
fn ping_and_pong() {
    all(
        PLAIN,
        &[
            ("PING", "PING none"),
            ("PING :", "PING none"),
            ("PING a", "PING \"a\""),
            ("PING :a b ", "PING \"a b \""),
            ("PING a b", "FAIL PING PARAMS"),
            ("PING a\tb", "FAIL PING BAD_CHARACTER"),
            ("PING a\u{85}", "FAIL PING BAD_CHARACTER"),
            ("PONG", "PONG"),
            ("PONG a", "PONG"),
            ("PONG a b \x01 c", "PONG"),
        ],
    );
    for (len, want) in [(TOKEN_BYTES - 1, true), (TOKEN_BYTES, true), (TOKEN_BYTES + 1, false)] {
        let token = "t".repeat(len);
        let got = read(format!("PING {token}").as_bytes(), PLAIN);
        let want = if want { format!("PING {token:?}") } else { "FAIL PING PARAMS".into() };
        assert_eq!(got, want, "{len}");
    }
}

#[test]
fn help_and_quit() {
    all(
        PLAIN,
        &[
            ("HELP", "HELP none"),
            ("HELP ", "HELP none"),
            ("HELP :", "HELP none"),
            ("HELP /", "HELP none"),
            ("HELP msg", "HELP \"msg\""),
            ("/help /msg", "HELP \"msg\""),
            ("HELP dance", "HELP \"dance\""),
            ("HELP a b", "FAIL HELP PARAMS"),
            ("HELP a\x1b", "FAIL HELP BAD_CHARACTER"),
            ("QUIT", "QUIT"),
            ("QUIT  ", "QUIT"),
            ("QUIT :bye all", "QUIT"),
            ("QUIT bye all", "QUIT"),
            ("QUIT :bye\tall", "QUIT"),
            ("QUIT :\x1b[2J", "FAIL QUIT BAD_CHARACTER"),
        ],
    );
}

#[test]
fn tags_in_the_tagged_view() {
    let (longest, over) = ("n".repeat(36), "n".repeat(37));
    let with = |nonce: &str| format!("@nonce={nonce} MSG hi");
    assert_eq!(read(with(&longest).as_bytes(), TAGGED), format!("MSG none \"hi\" {longest}"));
    assert_eq!(read(with(&over).as_bytes(), TAGGED), "FAIL MSG PARAMS");
    all(
        TAGGED,
        &[
            ("MSG hi", "MSG none \"hi\" none"),
            ("@nonce=a-1 MSG #lobby :hi", "MSG #lobby \"hi\" a-1"),
            ("@nonce=a-1   /msg hi", "MSG none \"hi\" a-1"),
            ("  @nonce=a-1 MSG hi", "MSG none \"hi\" a-1"),
            ("@x=1;nonce=b;+y MSG hi", "MSG none \"hi\" b"),
            ("@nonce=a;nonce=b MSG hi", "MSG none \"hi\" b"),
            ("@label=7 MSG hi", "MSG none \"hi\" none"),
            ("@label=7 TERMS", "TERMS"),
            ("@label=7 HISTORY 5", "HISTORY current Latest 5"),
            ("@nonce=a TERMS", "FAIL TERMS PARAMS"),
            ("@nonce=a NICK ana", "FAIL NICK UNKNOWN_COMMAND"),
            ("@nonce MSG hi", "FAIL MSG PARAMS"),
            ("@nonce= MSG hi", "FAIL MSG PARAMS"),
            ("@nonce=a_b MSG hi", "FAIL MSG PARAMS"),
            ("@NONCE=a_b MSG hi", "MSG none \"hi\" none"),
            ("@ MSG hi", "FAIL MSG PARAMS"),
            ("@a;; MSG hi", "FAIL MSG PARAMS"),
            ("@a;; TERMS", "FAIL TERMS PARAMS"),
            ("@nonce=a MSG", "FAIL MSG TEXT_MISSING"),
            ("@nonce=a", "FAIL LINE PARAMS"),
            ("@nonce=a   ", "FAIL LINE PARAMS"),
            ("@", "FAIL LINE PARAMS"),
            ("@a;; :", "FAIL LINE UNKNOWN_COMMAND"),
        ],
    );
}

#[test]
fn tags_where_nobody_has_asked_for_them() {
    all(
        PLAIN,
        &[
            ("@nonce=a MSG hi", "FAIL MSG PARAMS"),
            ("@nonce=a /msg hi", "FAIL MSG PARAMS"),
            ("@ana hello", "FAIL LINE UNKNOWN_COMMAND"),
            ("@label=7 TERMS", "FAIL LINE UNKNOWN_COMMAND"),
            ("@nonce=a", "FAIL LINE UNKNOWN_COMMAND"),
            ("@", "FAIL LINE UNKNOWN_COMMAND"),
        ],
    );
}

#[test]
fn chat_mode_says_the_whole_line() {
    let both = Mode { chat: true, tagged: true };
    for mode in [CHAT, both] {
        all(
            mode,
            &[
                ("hi there ", "MSG none \"hi there \" none"),
                ("  hi", "MSG none \"  hi\" none"),
                (":) hi", "MSG none \":) hi\" none"),
                ("#1 is best", "MSG none \"#1 is best\" none"),
                ("@ana hello", "MSG none \"@ana hello\" none"),
                ("@nonce=a MSG hi", "MSG none \"@nonce=a MSG hi\" none"),
                ("QUIT", "MSG none \"QUIT\" none"),
                (" /quit", "MSG none \" /quit\" none"),
                ("/quit", "QUIT"),
                ("/msg #other :hi", "MSG #other \"hi\" none"),
                ("/", "FAIL LINE UNKNOWN_COMMAND"),
                ("/shrug", "FAIL SHRUG UNKNOWN_COMMAND"),
                ("a\rb", "FAIL MSG BAD_CHARACTER"),
                ("\x0c", "FAIL MSG BAD_CHARACTER"),
            ],
        );
    }
}

#[test]
fn the_grammar_above_each_parser_is_the_verbs_usage() {
    let source =
        [include_str!("../src/parser/params.rs"), include_str!("../src/parser/order.rs")].concat();
    for verb in Verb::ALL {
        let line = format!("/// `{}`\n", verb.usage());
        assert!(source.contains(&line), "no parser has a line {line:?}");
    }
}

#[test]
fn no_fault_and_no_command_shows_a_secret_in_its_debug_form() {
    for line in ["LOGIN ana hunter2222", "PASSWD hunter2222 hunter2222", "MSG hunter2222"] {
        let shown = format!("{:?}", taifas::parser::command(line.as_bytes(), PLAIN));
        assert!(!shown.contains("hunter2222"), "{shown}");
    }
}
