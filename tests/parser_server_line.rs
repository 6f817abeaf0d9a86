//! Whatever the server writes, a client can read: each form of `protocol::line` there
//! and back, and what is no line at all.

use std::sync::Arc;

use taifas::parser::{NotALine, ServerLine, server_line};
use taifas::protocol::line::{self, NameLines};
use taifas::protocol::{Code, Message, MessageId, Name, RoomName, Stored, Target, Timestamp, Verb};

const AT: &str = "2026-11-23T01:52:07.123Z";

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

fn stored(id: u64, text: &str) -> Stored {
    let message = Message {
        to: Target::Room(RoomName::LOBBY),
        sender: name("ana"),
        account: None,
        at: Timestamp::parse(AT).unwrap(),
        text: text.into(),
        nonce: None,
    };
    Stored { id: MessageId(id), message: Arc::new(message) }
}

/// The one line that `write` writes, without its end.
fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    let line = out.strip_suffix(line::END).expect("a line has its end");
    String::from_utf8(line.to_vec()).unwrap()
}

/// Reads a line, with its parameters as a list.
#[track_caller]
fn parts(line: &str) -> (ServerLine<'_>, Vec<&str>) {
    let read = server_line(line.as_bytes()).unwrap_or_else(|NotALine| panic!("no line: {line:?}"));
    let params = match read {
        ServerLine::Ok { params, .. }
        | ServerLine::Event { params, .. }
        | ServerLine::Data { params, .. } => params.iter().collect(),
        ServerLine::Greeting { .. } | ServerLine::Fail { .. } => Vec::new(),
    };
    (read, params)
}

/// Texts that a reader could stumble over.
const TEXTS: [&str; 9] = ["hello", " ", "a  b ", ":)", " :a :b", "@x=1 :y", "#1", "ăâ 👍", "OK"];

#[test]
fn greeting() {
    let line = written(|out| line::greeting(out, &name("taifas"), "type NAME <name> :)"));
    let want = ServerLine::Greeting {
        server: "taifas",
        protocol: "taifas/1",
        text: "type NAME <name> :)",
    };
    assert_eq!(parts(&line).0, want);
}

#[test]
fn ok_of_every_verb() {
    for verb in Verb::ALL {
        let verb = verb.as_str();
        for (params, words, said) in [
            ("", &[][..], None),
            ("ana 7 code", &["ana", "7", "code"], None),
            ("#lobby 3 :the topic : here", &["#lobby", "3"], Some("the topic : here")),
            (":", &[], Some("")),
        ] {
            let line = written(|out| line::ok(out, verb, format_args!("{params}")));
            match parts(&line) {
                (ServerLine::Ok { verb: v, text, .. }, w) => {
                    assert_eq!((v, &w[..], text), (verb, words, said))
                }
                other => panic!("{line:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn fail_of_every_code() {
    for code in Code::ALL {
        for text in TEXTS {
            let line = written(|out| line::fail(out, "LINE", code, format_args!("{text}")));
            let want = ServerLine::Fail { verb: "LINE", code: code.as_str(), text };
            assert_eq!(parts(&line).0, want);
        }
    }
}

#[test]
fn messages_in_both_views_and_in_history() {
    let time = Timestamp::parse(AT);
    for said in TEXTS {
        let stored = stored(1042, said);
        let event = |verb, params: &[&str], id, time, line: &str| match parts(line) {
            (ServerLine::Event { source, verb: v, text, id: i, time: t, .. }, words) => {
                assert_eq!((source, v, text, i, t), ("ana", verb, Some(said), id, time), "{line}");
                assert_eq!(words, params, "{line}");
            }
            other => panic!("{line:?}: {other:?}"),
        };
        let plain = written(|out| line::message(out, &stored.message));
        event("MSG", &["#lobby"], None, None, &plain);
        let tagged = written(|out| line::tagged_message(out, stored.id, &stored.message));
        event("MSG", &["#lobby"], Some(MessageId(1042)), time, &tagged);
        let hist = written(|out| line::hist(out, &stored));
        event("HIST", &["#lobby", "1042", AT], None, None, &hist);
    }
}

#[test]
fn presence_names_and_who() {
    let server = name("taifas");
    let mut out = Vec::new();
    let head = line::presence_head(&server, "JOIN", &RoomName::LOBBY);
    let mut lines = NameLines { out: &mut out, head, line_bytes: 64, len: 0 };
    let people: Vec<String> = (0..30).map(|n| format!("person{n}")).collect();
    people.iter().for_each(|person| lines.push(&name(person)));
    lines.finish();
    let text = String::from_utf8(out).unwrap();
    let mut seen = Vec::new();
    for line in text.split_terminator("\r\n") {
        let (read, words) = parts(line);
        assert!(matches!(
            read,
            ServerLine::Event { source: "taifas", verb: "JOIN", text: None, .. }
        ));
        assert_eq!(words[0], "#lobby");
        seen.extend_from_slice(&words[1..]);
    }
    assert_eq!(seen, people);

    let since = Timestamp::parse(AT).unwrap();
    let line = written(|out| line::who(out, &RoomName::LOBBY, &name("ana"), true, 2, since));
    let (read, words) = parts(&line);
    assert!(matches!(read, ServerLine::Data { verb: "WHO", text: None, .. }));
    assert_eq!(words, ["#lobby", "ana", "user", "2", AT]);
}

#[test]
fn events_data_and_prompts() {
    let rename = written(|out| line::event(out, &name("ana"), format_args!("NAME ana2")));
    let (read, words) = parts(&rename);
    assert!(matches!(read, ServerLine::Event { source: "ana", verb: "NAME", text: None, .. }));
    assert_eq!(words, ["ana2"]);

    let prompt = written(|out| line::data(out, format_args!("PASSWORD :type your password")));
    let (read, words) = parts(&prompt);
    let said = Some("type your password");
    assert!(matches!(read, ServerLine::Data { verb: "PASSWORD", text, .. } if text == said));
    assert!(words.is_empty());

    let gap = written(|out| line::data(out, format_args!("GAP 17")));
    let (read, words) = parts(&gap);
    assert!(matches!(read, ServerLine::Data { verb: "GAP", text: None, .. }));
    assert_eq!(words, ["17"]);
}

#[test]
fn tags_that_are_not_ours_are_skipped_and_a_verb_to_come_is_read() {
    let (read, words) = parts("@x;msgid=7;+y=z :ana WAVE_2 #lobby  both   hands");
    let id = Some(MessageId(7));
    assert!(matches!(read, ServerLine::Event { verb: "WAVE_2", id: i, time: None, .. } if i == id));
    assert_eq!(words, ["#lobby", "both", "hands"]);
    let ServerLine::Event { params, .. } = read else { panic!("{read:?}") };
    assert_eq!(
        (params.get(0), params.get(2), params.get(3)),
        (Some("#lobby"), Some("hands"), None)
    );
}

#[test]
fn what_is_no_line() {
    for bad in [
        &b""[..],
        b" ",
        b" OK NAME",
        b":",
        b":ana",
        b":ana ",
        b": MSG #lobby :hi",
        b"@msgid=1",
        b"@ :ana MSG #lobby :hi",
        b"@msgid=x :ana MSG #lobby :hi",
        b"@msgid=18446744073709551616 :ana MSG #lobby :hi",
        b"@msgid=+1 :ana MSG #lobby :hi",
        b"@time=today :ana MSG #lobby :hi",
        b"OK",
        b"OK ",
        b"OK :text",
        b"FAIL",
        b"FAIL MSG",
        b"FAIL MSG PARAMS",
        b"FAIL MSG PARAMS more :text",
        b"NAME taifas taifas/1",
        b"NAME taifas :hello",
        b"ok name ana",
        b"\xff",
        b"HTTP/1.1 400 Bad Request",
        b"220 mail.example ESMTP\xe9",
    ] {
        assert_eq!(server_line(bad), Err(NotALine), "{:?}", String::from_utf8_lossy(bad));
    }
}
