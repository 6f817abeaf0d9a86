//! Lines both ways, as values: what a client may ask, and what the server says.
//!
//! A [`Request`] writes itself as one line; [`Line::read`] reads one over
//! `taifas::parser::server_line`. Nothing here keeps anything, knows what was asked
//! before, or decides: that is the [session](crate::session)'s.

use taifas::limits::{LINE_BYTES, NONCE_BYTES};
use taifas::parser::{NotALine, ServerLine, server_line};
use taifas::protocol::{MessageId, Name, Timestamp, is_relayable};
use zeroize::Zeroizing;

use crate::password::Password;

/// The one room there is in this version of the protocol.
pub const ROOM: &str = "#lobby";

/// Longest text of one message, in bytes: what is left of the longest line behind the
/// longest nonce, the verb and the room.
pub const TEXT_BYTES: usize = LINE_BYTES
    - "@nonce=".len()
    - NONCE_BYTES
    - " MSG ".len()
    - ROOM.len()
    - " :".len()
    - END.len();

/// One message of the room's, as the server tells it.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; ids only grow and are never used twice.
    pub id: MessageId,
    /// When the server read it.
    pub at: Timestamp,
    /// Who said it.
    pub name: Name,
    /// What was said. Plain text: show it, never interpret it.
    pub text: Box<str>,
}

/// Which part of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The newest messages.
    Newest,
    /// The first ones after this id.
    After(MessageId),
    /// The last ones before this id.
    Before(MessageId),
}

/// What a client asks, each of it one line.
#[derive(Debug)]
pub enum Request<'a> {
    /// `TAGS ON`
    Tags,
    /// `TERMS`
    Terms,
    /// `ACCEPT <version>`
    Accept(&'a str),
    /// `NAME <name>`, as a guest.
    Name(Name),
    /// `REGISTER <name>`; the server asks for the password.
    Register(Name),
    /// `LOGIN <name>`; likewise.
    Login(Name),
    /// `PASSWD`; the server asks for the old password, then for the new one.
    Passwd,
    /// `RECOVER <name> <code>`; the server asks for the new password.
    Recover(Name, &'a Password),
    /// The line that answers a prompt. Not in the line of the command, where spaces at
    /// its ends would not survive.
    Answer(&'a Password),
    /// `[@nonce=<mark>] MSG #lobby :<text>`
    Say {
        /// The mark; a guest has none.
        nonce: Option<&'a str>,
        /// The text, which is checked.
        text: &'a str,
    },
    /// `NAMES #lobby`
    Names,
    /// `HISTORY #lobby …`
    History(Part),
    /// `PING`
    Ping,
    /// `PONG :<token>`
    Pong(&'a str),
    /// `QUIT`
    Quit,
}

/// A line to send, with its end. It may hold a password and is wiped.
pub type Out = Zeroizing<Vec<u8>>;

const END: &str = "\r\n";

impl Request<'_> {
    /// The line.
    pub fn line(&self) -> Out {
        match self {
            Request::Tags => join(&["TAGS ON"]),
            Request::Terms => join(&["TERMS"]),
            Request::Accept(version) => join(&["ACCEPT ", version]),
            Request::Name(name) => join(&["NAME ", name.as_str()]),
            Request::Register(name) => join(&["REGISTER ", name.as_str()]),
            Request::Login(name) => join(&["LOGIN ", name.as_str()]),
            Request::Passwd => join(&["PASSWD"]),
            Request::Recover(name, code) => {
                // Copied from paper, it may have spaces where its dashes are.
                let head = ["RECOVER ", name.as_str(), " "];
                let code = code.expose().split_whitespace();
                join(&head.into_iter().chain(code).collect::<Vec<&str>>())
            }
            Request::Answer(password) => join(&[password.expose()]),
            Request::Say { nonce: Some(nonce), text } => {
                join(&["@nonce=", nonce, " MSG ", ROOM, " :", text])
            }
            Request::Say { nonce: None, text } => join(&["MSG ", ROOM, " :", text]),
            Request::Names => join(&["NAMES ", ROOM]),
            Request::History(Part::Newest) => join(&["HISTORY ", ROOM]),
            Request::History(Part::After(id)) => {
                join(&["HISTORY ", ROOM, " AFTER ", &id.to_string()])
            }
            Request::History(Part::Before(id)) => {
                join(&["HISTORY ", ROOM, " BEFORE ", &id.to_string()])
            }
            Request::Ping => join(&["PING"]),
            Request::Pong(token) => join(&["PONG :", token]),
            Request::Quit => join(&["QUIT"]),
        }
    }
}

/// In memory of exactly its size: one that grew would leave copies behind that nobody
/// wipes.
fn join(parts: &[&str]) -> Out {
    let len = parts.iter().map(|part| part.len()).sum::<usize>() + END.len();
    let mut line = Zeroizing::new(Vec::with_capacity(len));
    for part in parts.iter().copied().chain([END]) {
        line.extend_from_slice(part.as_bytes());
    }
    line
}

/// One line of the server's, as far as a client cares; borrowed from the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    /// The greeting; `protocol` is `taifas/1`.
    Greeting {
        /// The server's name.
        server: &'a str,
        /// What it speaks.
        protocol: &'a str,
    },
    /// The good end of an answer.
    Ok {
        /// To which command.
        verb: &'a str,
        /// Its words, at most four of them.
        words: [&'a str; 4],
    },
    /// The bad end of an answer, or the server's last word.
    Fail {
        /// To which command; `LINE` where it was to none.
        verb: &'a str,
        /// Why, for programs.
        code: &'a str,
        /// Why, for people.
        text: &'a str,
    },
    /// Somebody says something.
    Said(Message),
    /// Somebody has said something.
    Past(Message),
    /// What should come next in the history is deleted up to this id.
    Gap(MessageId),
    /// Some who are here.
    Names(Vec<Name>),
    /// These have come.
    Joined(Vec<Name>),
    /// These have gone.
    Parted(Vec<Name>),
    /// A guest is called something else.
    Renamed {
        /// Until now.
        old: Name,
        /// From now on.
        new: Name,
    },
    /// A line of the terms.
    Terms(&'a str),
    /// The server has something to say to this session.
    Notice(&'a str),
    /// To be answered with this token.
    Ping(&'a str),
    /// The next line sent is taken as a password.
    Prompt,
    /// A line of a later version's, or an answer's that was not asked for.
    Other,
}

impl Line<'_> {
    /// Reads one line, without its end. What could upset a terminal is no line: the
    /// server lets none of it through, and whoever shows a text need not look again.
    ///
    /// # Errors
    /// [`NotALine`] if no server of this protocol writes such a line.
    pub fn read(line: &[u8]) -> Result<Line<'_>, NotALine> {
        if !str::from_utf8(line).is_ok_and(|line| line.chars().all(is_relayable)) {
            return Err(NotALine);
        }
        Ok(match server_line(line)? {
            ServerLine::Greeting { server, protocol, .. } => Line::Greeting { server, protocol },
            ServerLine::Fail { verb, code, text } => Line::Fail { verb, code, text },
            ServerLine::Ok { verb, params, .. } => {
                let mut words = [""; 4];
                words.iter_mut().zip(params.iter()).for_each(|(word, param)| *word = param);
                Line::Ok { verb, words }
            }
            ServerLine::Data { verb, params, text } => {
                let first = params.get(0);
                match verb {
                    "PING" => Line::Ping(first.or(text).unwrap_or("")),
                    "PASSWORD" => Line::Prompt,
                    "TERMS" => Line::Terms(text.unwrap_or("")),
                    "NAMES" if first.is_some_and(is_room) => Line::Names(names(params.iter())),
                    "GAP" => {
                        let id = first.and_then(|id| id.parse().ok()).ok_or(NotALine)?;
                        Line::Gap(MessageId(id))
                    }
                    _ => Line::Other,
                }
            }
            ServerLine::Event { source, verb, params, text, id, time } => {
                let first = params.get(0);
                match verb {
                    "NOTICE" => Line::Notice(text.unwrap_or("")),
                    "NAME" => match (source.parse(), first.map(str::parse)) {
                        (Ok(old), Some(Ok(new))) => Line::Renamed { old, new },
                        _ => return Err(NotALine),
                    },
                    _ if !first.is_some_and(is_room) => Line::Other,
                    "JOIN" => Line::Joined(names(params.iter())),
                    "PART" => Line::Parted(names(params.iter())),
                    "MSG" => Line::Said(message(source, id, time, text)?),
                    "HIST" => {
                        let id = params.get(1).and_then(|id| id.parse().ok()).map(MessageId);
                        let time = params.get(2).and_then(Timestamp::parse);
                        Line::Past(message(source, id, time, text)?)
                    }
                    _ => Line::Other,
                }
            }
        })
    }
}

fn is_room(word: &str) -> bool {
    word.eq_ignore_ascii_case(ROOM)
}

/// The names behind the room; a word that is none is of a later version.
fn names<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Name> {
    words.skip(1).filter_map(|word| word.parse().ok()).collect()
}

fn message(
    source: &str,
    id: Option<MessageId>,
    at: Option<Timestamp>,
    text: Option<&str>,
) -> Result<Message, NotALine> {
    match (source.parse(), id, at, text) {
        (Ok(name), Some(id), Some(at), Some(text)) => {
            Ok(Message { id, at, name, text: text.into() })
        }
        _ => Err(NotALine),
    }
}

/// What was said never shows in a log by accident.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({} of {}, {} bytes)", self.id, self.name, self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_is_one_line_of_exactly_its_memory() {
        let secret = Password::new("  two words ").unwrap();
        let ana: Name = "ana".parse().unwrap();
        let id = MessageId(7);
        for (request, line) in [
            (Request::Tags, "TAGS ON"),
            (Request::Accept("1"), "ACCEPT 1"),
            (Request::Login(ana), "LOGIN ana"),
            (Request::Answer(&secret), "  two words "),
            (Request::Recover(ana, &secret), "RECOVER ana twowords"),
            (Request::Say { nonce: Some("a-1"), text: " #x" }, "@nonce=a-1 MSG #lobby : #x"),
            (Request::Say { nonce: None, text: "hi" }, "MSG #lobby :hi"),
            (Request::History(Part::Newest), "HISTORY #lobby"),
            (Request::History(Part::After(id)), "HISTORY #lobby AFTER 7"),
            (Request::History(Part::Before(id)), "HISTORY #lobby BEFORE 7"),
            (Request::Pong("7 8"), "PONG :7 8"),
        ] {
            let out = request.line();
            assert_eq!(std::str::from_utf8(&out).unwrap(), format!("{line}\r\n"));
            assert_eq!(out.capacity(), out.len());
        }
    }

    #[test]
    fn the_longest_text_makes_the_longest_line() {
        let (nonce, text) = ("n".repeat(NONCE_BYTES), "x".repeat(TEXT_BYTES));
        let line = Request::Say { nonce: Some(&nonce), text: &text }.line();
        assert_eq!(line.len(), LINE_BYTES);
    }

    #[test]
    fn the_forms_of_the_document() {
        let read = |line: &'static str| Line::read(line.as_bytes()).unwrap();
        let time = "2026-11-23T01:52:07.123Z";
        let said = Message {
            id: MessageId(1042),
            at: Timestamp::parse(time).unwrap(),
            name: "ana".parse().unwrap(),
            text: "hello: you".into(),
        };
        let names = |list: &[&str]| list.iter().map(|n| n.parse().unwrap()).collect::<Vec<Name>>();
        for (line, want) in [
            ("NAME taifas taifas/1 :hi", Line::Greeting { server: "taifas", protocol: "taifas/1" }),
            ("OK QUIT", Line::Ok { verb: "QUIT", words: [""; 4] }),
            ("OK HISTORY 2 7 MORE", Line::Ok { verb: "HISTORY", words: ["2", "7", "MORE", ""] }),
            ("FAIL MSG NOT_STORED :no", Line::Fail { verb: "MSG", code: "NOT_STORED", text: "no" }),
            (
                "@msgid=1042;time=2026-11-23T01:52:07.123Z;x=y :ana MSG #lobby :hello: you",
                Line::Said(said.clone()),
            ),
            (":ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello: you", Line::Past(said)),
            ("GAP 9", Line::Gap(MessageId(9))),
            ("NAMES #lobby ana ion", Line::Names(names(&["ana", "ion"]))),
            (":taifas JOIN #lobby ion", Line::Joined(names(&["ion"]))),
            (":taifas PART #Lobby ion ana", Line::Parted(names(&["ion", "ana"]))),
            (
                ":ion NAME jon",
                Line::Renamed { old: "ion".parse().unwrap(), new: "jon".parse().unwrap() },
            ),
            (":taifas NOTICE :going down", Line::Notice("going down")),
            ("PING 7", Line::Ping("7")),
            ("PASSWORD :type it", Line::Prompt),
            ("TERMS :be decent", Line::Terms("be decent")),
            (":ana MSG #kitchen :hello", Line::Other),
            (":ana WAVE #lobby :hello", Line::Other),
            ("WEATHER fair", Line::Other),
        ] {
            assert_eq!(read(line), want, "{line}");
        }
        for wrong in [
            ":ana MSG #lobby :no id",
            "GAP",
            "GAP x",
            ":1 NAME 2",
            "TERMS :\u{1b}[2J",
            ":taifas NOTICE :\u{202e}",
            "",
            ":ana HIST #lobby x y :z",
        ] {
            assert_eq!(Line::read(wrong.as_bytes()), Err(NotALine), "{wrong}");
        }
    }
}
