//! How the server's lines are written. Each function appends one line, or part of
//! one, to a buffer; docs/PROTOCOL.md has the same forms.
//!
//! Nothing here checks: what is handed in is a checked value, or the hub's own words.

use std::fmt;
use std::io::Write as _;

use super::code::Code;
use super::message::{Message, MessageId, Recipient, Stored, Target};
use super::name::{Name, RoomName};
use super::time::Timestamp;

/// The end of every line the server writes.
pub const END: &[u8] = b"\r\n";

/// `NAME <server> taifas/1 :<help>`: the first line of a connection, which asks for
/// a name.
pub fn greeting(out: &mut Vec<u8>, server: &Name, help: &str) {
    put(out, format_args!("NAME {server} taifas/1 :{help}"));
}

/// `OK <VERB> [params] [:text]`
pub fn ok(out: &mut Vec<u8>, verb: &str, params: fmt::Arguments<'_>) {
    out.extend_from_slice(b"OK ");
    out.extend_from_slice(verb.as_bytes());
    if params.as_str() != Some("") {
        out.push(b' ');
        write_to(out, params);
    }
    out.extend_from_slice(END);
}

/// `FAIL <VERB> <CODE> :<what is wrong and what to do>`
pub fn fail(out: &mut Vec<u8>, verb: &str, code: Code, text: fmt::Arguments<'_>) {
    put(out, format_args!("FAIL {verb} {code} :{text}"));
}

/// `<VERB> params…`: a data line of an answer, or a prompt.
pub fn data(out: &mut Vec<u8>, line: fmt::Arguments<'_>) {
    put(out, line);
}

/// `:<source> <VERB> params [:text]`: an event.
pub fn event(out: &mut Vec<u8>, source: &Name, rest: fmt::Arguments<'_>) {
    put(out, format_args!(":{source} {rest}"));
}

/// `:ana MSG #lobby :hello` or `:ana TELL ion :hello`, the plain view of a message.
pub fn message(out: &mut Vec<u8>, message: &Message) {
    match &message.to {
        Target::Room(room) => said(out, &message.sender, b" MSG #", room.as_str(), &message.text),
        Target::Person(Recipient { name: to, .. }) | Target::Passing(to) => {
            said(out, &message.sender, b" TELL ", to.as_str(), &message.text);
        }
    }
}

/// Once a message, and the hottest of these: no formatting machinery.
fn said(out: &mut Vec<u8>, sender: &Name, verb: &[u8], to: &str, text: &str) {
    out.reserve(text.len() + 96);
    out.push(b':');
    out.extend_from_slice(sender.as_str().as_bytes());
    out.extend_from_slice(verb);
    out.extend_from_slice(to.as_bytes());
    out.extend_from_slice(b" :");
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(END);
}

/// `@msgid=1042;time=… :ana MSG #lobby :hello`, the tagged view of a message.
pub fn tagged_message(out: &mut Vec<u8>, id: MessageId, said: &Message) {
    write_to(out, format_args!("@msgid={id};time="));
    out.extend_from_slice(&said.at.to_bytes());
    out.push(b' ');
    message(out, said);
}

/// `:ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello`; for a TELL with the name that
/// was told in the room's place.
pub fn hist(out: &mut Vec<u8>, stored: &Stored) {
    let Stored { id, message } = stored;
    write_to(out, format_args!(":{} HIST {} {id} {} :", message.sender, message.to, message.at));
    out.extend_from_slice(message.text.as_bytes());
    out.extend_from_slice(END);
}

/// How long [`hist`]'s line is, in bytes.
pub fn hist_len(stored: &Stored) -> usize {
    let Stored { id, message } = stored;
    let digits = id.0.checked_ilog10().unwrap_or(0) as usize + 1;
    let target = match &message.to {
        Target::Room(room) => 1 + room.as_str().len(),
        Target::Person(Recipient { name, .. }) | Target::Passing(name) => name.as_str().len(),
    };
    // ":" sender " HIST " target " " id " " time " :" text end
    1 + message.sender.as_str().len()
        + 6
        + target
        + 1
        + digits
        + 1
        + 24
        + 2
        + message.text.len()
        + END.len()
}

/// `:<server> <VERB> #room name name …`, or `NAMES #room name name …` where there is
/// no server to name: as many lines as it takes, each of at most `line_bytes`.
pub struct NameLines<'a> {
    /// Where the lines go.
    pub out: &'a mut Vec<u8>,
    /// What each line begins with, without a space at its end.
    pub head: String,
    /// The most bytes of one line, its end included.
    pub line_bytes: usize,
    /// Bytes of the line under way; 0 when none is.
    pub len: usize,
}

impl NameLines<'_> {
    /// Adds one name, on a new line if this one is full.
    pub fn push(&mut self, name: &Name) {
        let needed = 1 + name.as_str().len();
        if self.len > 0 && self.len + needed + END.len() > self.line_bytes {
            self.finish();
        }
        if self.len == 0 {
            self.out.extend_from_slice(self.head.as_bytes());
            self.len = self.head.len();
        }
        self.out.push(b' ');
        self.out.extend_from_slice(name.as_str().as_bytes());
        self.len += needed;
    }

    /// Ends the line under way, if there is one.
    pub fn finish(&mut self) {
        if self.len > 0 {
            self.out.extend_from_slice(END);
            self.len = 0;
        }
    }
}

/// The head of a presence event: `:<server> JOIN #room`.
pub fn presence_head(server: &Name, verb: &str, room: &RoomName) -> String {
    format!(":{server} {verb} {room}")
}

/// `<VERB> #room <members> [:topic]`, behind an `OK` or as a line of LIST.
pub fn room(out: &mut Vec<u8>, head: &str, room: &RoomName, members: usize, topic: &str) {
    write_to(out, format_args!("{head} {room} {members}"));
    if !topic.is_empty() {
        write_to(out, format_args!(" :{topic}"));
    }
    out.extend_from_slice(END);
}

/// `WHO #room <name> <guest or user> <sessions> <since>`
pub fn who(
    out: &mut Vec<u8>,
    room: &RoomName,
    name: &Name,
    user: bool,
    sessions: usize,
    since: Timestamp,
) {
    let kind = if user { "user" } else { "guest" };
    put(out, format_args!("WHO {room} {name} {kind} {sessions} {since}"));
}

fn put(out: &mut Vec<u8>, line: fmt::Arguments<'_>) {
    write_to(out, line);
    out.extend_from_slice(END);
}

fn write_to(out: &mut Vec<u8>, text: fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to memory does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::AccountId;
    use std::sync::Arc;

    fn stored(id: u64, text: &str) -> Stored {
        let message = Message {
            to: Target::Room(RoomName::LOBBY),
            sender: "ana".parse().unwrap(),
            account: None,
            at: Timestamp::from_ms(1_795_398_727_123),
            text: text.into(),
            nonce: None,
        };
        Stored { id: MessageId(id), message: Arc::new(message) }
    }

    fn told(id: u64, text: &str) -> Stored {
        let ion = "ion".parse().unwrap();
        let to = Target::Person(Recipient { name: ion, account: AccountId(2), away: false });
        let message = Message { to, ..(*stored(id, text).message).clone() };
        Stored { id: MessageId(id), message: Arc::new(message) }
    }

    #[test]
    fn the_forms_of_the_document() {
        let line = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).unwrap()
        };
        let s = stored(1042, "hello");
        let server: Name = "taifas".parse().unwrap();
        assert_eq!(line(&|o| greeting(o, &server, "hi")), "NAME taifas taifas/1 :hi\r\n");
        assert_eq!(line(&|o| ok(o, "NAME", format_args!("ana"))), "OK NAME ana\r\n");
        assert_eq!(line(&|o| ok(o, "QUIT", format_args!(""))), "OK QUIT\r\n");
        assert_eq!(
            line(&|o| fail(o, "MSG", Code::NameFirst, format_args!("no"))),
            "FAIL MSG NAME_FIRST :no\r\n"
        );
        let lobby = RoomName::LOBBY;
        assert_eq!(line(&|o| room(o, "OK JOIN", &lobby, 2, "")), "OK JOIN #lobby 2\r\n");
        assert_eq!(line(&|o| room(o, "LIST", &lobby, 0, "a b")), "LIST #lobby 0 :a b\r\n");
        assert_eq!(line(&|o| message(o, &s.message)), ":ana MSG #lobby :hello\r\n");
        assert_eq!(
            line(&|o| tagged_message(o, s.id, &s.message)),
            "@msgid=1042;time=2026-11-23T01:52:07.123Z :ana MSG #lobby :hello\r\n"
        );
        assert_eq!(
            line(&|o| hist(o, &s)),
            ":ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello\r\n"
        );
        let t = told(1042, "hello");
        let passing = Target::Passing("ion".parse().unwrap());
        for told in [(*t.message).clone(), Message { to: passing, ..(*s.message).clone() }] {
            assert_eq!(line(&|o| message(o, &told)), ":ana TELL ion :hello\r\n");
            assert_eq!(
                line(&|o| tagged_message(o, t.id, &told)),
                "@msgid=1042;time=2026-11-23T01:52:07.123Z :ana TELL ion :hello\r\n"
            );
        }
        assert_eq!(
            line(&|o| hist(o, &t)),
            ":ana HIST ion 1042 2026-11-23T01:52:07.123Z :hello\r\n"
        );
    }

    #[test]
    fn hist_len_is_the_length_of_hist() {
        for id in [1, 9, 10, 99, 1042, u64::MAX] {
            for text in ["", "x", "ăâ"] {
                for s in [stored(id, text), told(id, text)] {
                    let mut out = Vec::new();
                    hist(&mut out, &s);
                    assert_eq!(hist_len(&s), out.len(), "{id} {text}");
                }
            }
        }
    }

    #[test]
    fn name_lines_break_at_their_bound() {
        // "NAMES #lobby" is 12, each " abc" 4, the end 2: two names make 22.
        for (line_bytes, lines) in [(21, 4), (22, 2), (23, 2), (26, 2), (30, 1)] {
            let mut out = Vec::new();
            let mut names =
                NameLines { out: &mut out, head: "NAMES #lobby".into(), line_bytes, len: 0 };
            for name in ["abc", "abd", "abe", "abf"] {
                names.push(&name.parse().unwrap());
            }
            names.finish();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().count(), lines, "{line_bytes}: {text}");
            assert!(text.split_inclusive('\n').all(|l| l.len() <= line_bytes));
        }
    }
}
