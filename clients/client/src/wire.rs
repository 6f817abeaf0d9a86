//! Lines both ways, as values: what a client may ask, and what the server says.
//!
//! A [`Request`] writes itself as one line; [`Line::read`] reads one over
//! `taifas::parser::server_line`. Nothing here keeps anything, knows what was asked
//! before, or decides: that is the [session](crate::session)'s.

use taifas::limits::{LINE_BYTES, NAME_BYTES, NONCE_BYTES};
use taifas::parser::{NotALine, ServerLine, Words, server_line};
use taifas::protocol::{Name, RoomName, Timestamp, is_relayable};
use zeroize::Zeroizing;

use crate::happening::RoomInfo;
use crate::id::MessageId;
use crate::password::Password;
use crate::place::Place;

/// Longest text of one message, in bytes: what is left of the longest line behind the
/// longest nonce, the verb and the longest name of a place. The same for every place, so
/// that what fits one fits all.
pub const TEXT_BYTES: usize = LINE_BYTES
    - "@nonce=".len()
    - NONCE_BYTES
    - " TELL ".len()
    - NAME_BYTES
    - " :".len()
    - END.len();

// `MSG` is a byte shorter than `TELL`, and `#` a byte long.
const _: () = assert!(" MSG #".len() == " TELL ".len());

/// One message, as the server tells it.
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
    /// `[@nonce=<mark>] MSG #room :<text>`, or `TELL name`
    Say {
        /// The mark; a guest has none.
        nonce: Option<&'a str>,
        /// Where.
        place: Place,
        /// The text, which is checked.
        text: &'a str,
    },
    /// `JOIN #room`
    Join(RoomName),
    /// `PART #room`
    Part(RoomName),
    /// `LIST`
    List,
    /// `NAMES #room`
    Names(RoomName),
    /// `TOPIC #room [:<text>]`; the text is checked.
    Topic(RoomName, Option<&'a str>),
    /// `HISTORY #room …` or `HISTORY name …`
    History(Place, Part),
    /// `SEARCH [#room] :<words>`, which are checked.
    Search(Option<RoomName>, &'a str),
    /// An operator's command, which is checked.
    Order(&'a str),
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
            Request::Say { nonce, place, text } => {
                let verb = if place.room().is_some() { "MSG " } else { "TELL " };
                let tag = nonce.map_or(["", "", ""], |nonce| ["@nonce=", nonce, " "]);
                let [sign, nonce, space] = tag;
                join(&[sign, nonce, space, verb, &place.to_string(), " :", text])
            }
            Request::Join(room) => join(&["JOIN ", &room.to_string()]),
            Request::Part(room) => join(&["PART ", &room.to_string()]),
            Request::List => join(&["LIST"]),
            Request::Names(room) => join(&["NAMES ", &room.to_string()]),
            Request::Topic(room, None) => join(&["TOPIC ", &room.to_string()]),
            Request::Topic(room, Some(text)) => join(&["TOPIC ", &room.to_string(), " :", text]),
            Request::History(place, part) => {
                let (word, id) = match part {
                    Part::Newest => ("", String::new()),
                    Part::After(id) => (" AFTER ", id.to_string()),
                    Part::Before(id) => (" BEFORE ", id.to_string()),
                };
                join(&["HISTORY ", &place.to_string(), word, &id])
            }
            Request::Search(Some(room), words) => {
                join(&["SEARCH ", &room.to_string(), " :", words])
            }
            Request::Search(None, words) => join(&["SEARCH :", words]),
            Request::Order(line) => join(&[line]),
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
        /// Its text, if it has one.
        text: Option<&'a str>,
        /// All that stands behind the verb, as it stands.
        rest: &'a str,
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
    /// Somebody says something, to a room or to a person.
    Said(Place, Message),
    /// Somebody has said something, to a room or to a person.
    Past(Place, Message),
    /// What should come next in the history is deleted up to this id.
    Gap(MessageId),
    /// One of the rooms there are.
    Room(RoomInfo),
    /// Some who are in the room.
    Names(RoomName, Vec<Name>),
    /// These have come.
    Joined(RoomName, Vec<Name>),
    /// These have gone.
    Parted(RoomName, Vec<Name>),
    /// An operator has sent somebody away.
    Kicked {
        /// From which room.
        room: RoomName,
        /// Whom.
        name: Name,
        /// Who has.
        by: Name,
        /// Why.
        reason: &'a str,
    },
    /// Somebody has set what the room is about.
    Topic {
        /// Which room.
        room: RoomName,
        /// Who has.
        by: Name,
        /// Nothing if about nothing.
        text: &'a str,
    },
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
    /// Part of some other answer.
    Data {
        /// Of which kind.
        verb: &'a str,
        /// All that stands behind the verb, as it stands.
        rest: &'a str,
    },
    /// A line of a later version's.
    Other,
}

impl Line<'_> {
    /// Reads one line, without its end. What could upset a terminal is no line: the
    /// server lets none of it through, and whoever shows a text need not look again.
    ///
    /// # Errors
    /// [`NotALine`] if no server of this protocol writes such a line.
    pub fn read(line: &[u8]) -> Result<Line<'_>, NotALine> {
        let line = str::from_utf8(line).map_err(|_| NotALine)?;
        if !line.chars().all(is_relayable) {
            return Err(NotALine);
        }
        Ok(match server_line(line.as_bytes())? {
            ServerLine::Greeting { server, protocol, .. } => Line::Greeting { server, protocol },
            ServerLine::Fail { verb, code, text } => Line::Fail { verb, code, text },
            ServerLine::Ok { verb, params, text } => {
                let mut words = [""; 4];
                words.iter_mut().zip(params.iter()).for_each(|(word, param)| *word = param);
                Line::Ok { verb, words, text, rest: behind(line, verb) }
            }
            ServerLine::Data { verb, params, text } => {
                data(verb, params, text, behind(line, verb)).ok_or(NotALine)?
            }
            ServerLine::Event { source, verb, params, text, id, time } => {
                let id = id.map(|id| MessageId::new(id.0));
                event(Event { source, verb, params, text, id, time }).ok_or(NotALine)?
            }
        })
    }
}

/// What stands behind the verb.
fn behind<'a>(line: &'a str, verb: &str) -> &'a str {
    let at = line.find(verb).map_or(line.len(), |at| at + verb.len());
    line[at..].trim_start_matches(' ')
}

fn data<'a>(
    verb: &'a str,
    params: Words<'a>,
    text: Option<&'a str>,
    rest: &'a str,
) -> Option<Line<'a>> {
    let first = params.get(0);
    let room = || first.and_then(|word| word.parse().ok());
    Some(match verb {
        "PING" => Line::Ping(first.or(text).unwrap_or("")),
        "PASSWORD" => Line::Prompt,
        "TERMS" => Line::Terms(text.unwrap_or("")),
        "NAMES" => Line::Names(room()?, names(params.iter().skip(1))),
        "GAP" => Line::Gap(MessageId::new(first?.parse().ok()?)),
        "LIST" => {
            let members = params.get(1)?.parse().ok()?;
            Line::Room(RoomInfo { room: room()?, members, topic: text.unwrap_or("").into() })
        }
        _ => Line::Data { verb, rest },
    })
}

/// An event's parts.
struct Event<'a> {
    source: &'a str,
    verb: &'a str,
    params: Words<'a>,
    text: Option<&'a str>,
    id: Option<MessageId>,
    time: Option<Timestamp>,
}

fn event(event: Event<'_>) -> Option<Line<'_>> {
    let Event { source, verb, params, text, .. } = event;
    let word = |at: usize| params.get(at);
    let room = || word(0).and_then(|word| word.parse().ok());
    let by = || source.parse().ok();
    Some(match verb {
        "NOTICE" => Line::Notice(text.unwrap_or("")),
        "NAME" => Line::Renamed { old: by()?, new: word(0)?.parse().ok()? },
        "JOIN" => Line::Joined(room()?, names(params.iter().skip(1))),
        "PART" => Line::Parted(room()?, names(params.iter().skip(1))),
        "KICK" => {
            let name = word(1)?.parse().ok()?;
            Line::Kicked { room: room()?, name, by: by()?, reason: text.unwrap_or("") }
        }
        "TOPIC" => Line::Topic { room: room()?, by: by()?, text: text.unwrap_or("") },
        "MSG" => Line::Said(Place::Room(room()?), event.message(event.id?, event.time?)?),
        "TELL" => {
            let to = Place::Person(word(0)?.parse().ok()?);
            Line::Said(to, event.message(event.id?, event.time?)?)
        }
        "HIST" => {
            let id = MessageId::new(word(1)?.parse().ok()?);
            let at = Timestamp::parse(word(2)?)?;
            Line::Past(word(0)?.parse().ok()?, event.message(id, at)?)
        }
        _ => Line::Other,
    })
}

impl Event<'_> {
    fn message(&self, id: MessageId, at: Timestamp) -> Option<Message> {
        Some(Message { id, at, name: self.source.parse().ok()?, text: self.text?.into() })
    }
}

/// The names; a word that is none is of a later version.
fn names<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Name> {
    words.filter_map(|word| word.parse().ok()).collect()
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
        let id = MessageId::new(7);
        let (lobby, garden) = (Place::LOBBY, "#garden".parse::<RoomName>().unwrap());
        for (request, line) in [
            (Request::Tags, "TAGS ON"),
            (Request::Accept("1"), "ACCEPT 1"),
            (Request::Login(ana), "LOGIN ana"),
            (Request::Answer(&secret), "  two words "),
            (Request::Recover(ana, &secret), "RECOVER ana twowords"),
            (
                Request::Say { nonce: Some("a-1"), place: lobby, text: " #x" },
                "@nonce=a-1 MSG #lobby : #x",
            ),
            (Request::Say { nonce: None, place: ana.into(), text: "hi" }, "TELL ana :hi"),
            (Request::History(lobby, Part::Newest), "HISTORY #lobby"),
            (Request::History(garden.into(), Part::After(id)), "HISTORY #garden AFTER 7"),
            (Request::History(ana.into(), Part::Before(id)), "HISTORY ana BEFORE 7"),
            (Request::Join(garden), "JOIN #garden"),
            (Request::Part(garden), "PART #garden"),
            (Request::Names(garden), "NAMES #garden"),
            (Request::Topic(garden, None), "TOPIC #garden"),
            (Request::Topic(garden, Some("")), "TOPIC #garden :"),
            (Request::Search(Some(garden), "#1 a*"), "SEARCH #garden :#1 a*"),
            (Request::Search(None, "\"a b\""), "SEARCH :\"a b\""),
            (Request::Order("KICK ion :x"), "KICK ion :x"),
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
        for place in [format!("#{}", "r".repeat(NAME_BYTES)), "n".repeat(NAME_BYTES)] {
            let place = place.parse().unwrap();
            let line = Request::Say { nonce: Some(&nonce), place, text: &text }.line();
            assert_eq!(line.len(), LINE_BYTES);
        }
    }

    #[test]
    fn the_forms_of_the_document() {
        let read = |line: &'static str| Line::read(line.as_bytes()).unwrap();
        let time = "2026-11-23T01:52:07.123Z";
        let said = Message {
            id: MessageId::new(1042),
            at: Timestamp::parse(time).unwrap(),
            name: "ana".parse().unwrap(),
            text: "hello: you".into(),
        };
        let name = |name: &str| name.parse::<Name>().unwrap();
        let names = |list: &[&str]| list.iter().map(|n| name(n)).collect::<Vec<Name>>();
        let (room, lobby, ion) = (RoomName::LOBBY, Place::LOBBY, Place::Person(name("ion")));
        for (line, want) in [
            ("NAME taifas taifas/1 :hi", Line::Greeting { server: "taifas", protocol: "taifas/1" }),
            ("OK QUIT", Line::Ok { verb: "QUIT", words: [""; 4], text: None, rest: "" }),
            (
                "OK HISTORY 2 7 MORE",
                Line::Ok {
                    verb: "HISTORY",
                    words: ["2", "7", "MORE", ""],
                    text: None,
                    rest: "2 7 MORE",
                },
            ),
            (
                "OK TOPIC #lobby :what: grows",
                Line::Ok {
                    verb: "TOPIC",
                    words: ["#lobby", "", "", ""],
                    text: Some("what: grows"),
                    rest: "#lobby :what: grows",
                },
            ),
            ("FAIL MSG NOT_STORED :no", Line::Fail { verb: "MSG", code: "NOT_STORED", text: "no" }),
            (
                "@msgid=1042;time=2026-11-23T01:52:07.123Z;x=y :ana MSG #lobby :hello: you",
                Line::Said(lobby, said.clone()),
            ),
            (
                "@msgid=1042;time=2026-11-23T01:52:07.123Z :ana TELL ion :hello: you",
                Line::Said(ion, said.clone()),
            ),
            (
                ":ana HIST #lobby 1042 2026-11-23T01:52:07.123Z :hello: you",
                Line::Past(lobby, said.clone()),
            ),
            (":ana HIST ion 1042 2026-11-23T01:52:07.123Z :hello: you", Line::Past(ion, said)),
            ("GAP 9", Line::Gap(MessageId::new(9))),
            ("NAMES #lobby ana ion", Line::Names(room, names(&["ana", "ion"]))),
            (":taifas JOIN #lobby ion", Line::Joined(room, names(&["ion"]))),
            (":taifas PART #Lobby ion ana", Line::Parted(room, names(&["ion", "ana"]))),
            (":ion NAME jon", Line::Renamed { old: name("ion"), new: name("jon") }),
            (
                ":ana KICK #lobby ion :too loud",
                Line::Kicked { room, name: name("ion"), by: name("ana"), reason: "too loud" },
            ),
            (":ana TOPIC #lobby :", Line::Topic { room, by: name("ana"), text: "" }),
            ("LIST #lobby 3", Line::Room(RoomInfo { room, members: 3, topic: "".into() })),
            ("LIST #lobby 3 :tea", Line::Room(RoomInfo { room, members: 3, topic: "tea".into() })),
            (":taifas NOTICE :going down", Line::Notice("going down")),
            ("PING 7", Line::Ping("7")),
            ("PASSWORD :type it", Line::Prompt),
            ("TERMS :be decent", Line::Terms("be decent")),
            (":ana WAVE #lobby :hello", Line::Other),
            ("STATS bans 0", Line::Data { verb: "STATS", rest: "bans 0" }),
            (
                "BAN ion never ana :too loud",
                Line::Data { verb: "BAN", rest: "ion never ana :too loud" },
            ),
        ] {
            assert_eq!(read(line), want, "{line}");
        }
        for wrong in [
            ":ana MSG #lobby :no id",
            "GAP",
            "GAP x",
            "NAMES lobby ana",
            "LIST #lobby many",
            ":ana TELL ion :no id",
            "@msgid=7 :ana TELL ion :no time",
            "@time=2026-11-23T01:52:07.123Z :ana TELL ion :no id",
            ":ana KICK #lobby :whom",
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
