//! What the parser's tests share: a command in one line of text, secrets and all, and
//! a seeded source of noise.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use taifas::parser::{Frame, Framer, Mode, command};
use taifas::protocol::{Command, HistoryTarget, SearchWord, Secret, Timestamp};
use taifas::telnet::{Asked, Telnet};

/// The mode of a person who has just connected.
pub const PLAIN: Mode = Mode { chat: false, tagged: false };
/// After `CHAT ON`.
pub const CHAT: Mode = Mode { chat: true, tagged: false };
/// After `TAGS ON`.
pub const TAGGED: Mode = Mode { chat: false, tagged: true };

/// A line as the parser sees it: the command, `FAIL verb code`, or `-` for nothing.
pub fn read(line: &[u8], mode: Mode) -> String {
    match command(line, mode) {
        Ok(None) => "-".into(),
        Ok(Some(command)) => show(&command),
        Err(fault) => format!("FAIL {} {}", fault.verb.as_str(), fault.code),
    }
}

/// Every part of a command, quoted, so that a space more or less shows.
fn show(command: &Command<'_>) -> String {
    let verb = command.verb();
    match command {
        Command::Name(name) => format!("{verb} {name}"),
        Command::Register(name, password) | Command::Login(name, password) => {
            format!("{verb} {name} {}", option(password.as_ref().map(secret)))
        }
        Command::Passwd(None) => format!("{verb} none"),
        Command::Passwd(Some((old, new))) => format!("{verb} {} {}", secret(old), secret(new)),
        Command::Recover { name, code, new } => {
            format!("{verb} {name} {} {}", secret(code), option(new.as_ref().map(secret)))
        }
        Command::Accept(version) => format!("{verb} {version:?}"),
        Command::Msg { room, text, nonce } => {
            let room = option(room.map(|room| room.to_string()));
            let nonce = option(nonce.as_ref().map(|nonce| nonce.as_str().to_string()));
            format!("{verb} {room} {:?} {nonce}", text.as_str())
        }
        Command::Tell { to, text, nonce } => {
            let nonce = option(nonce.as_ref().map(|nonce| nonce.as_str().to_string()));
            format!("{verb} {to} {:?} {nonce}", text.as_str())
        }
        Command::Search { room, words } => {
            let room = option(room.map(|room| room.to_string()));
            let word = |word: &SearchWord| {
                format!("{:?}{}", word.text, if word.begins { "*" } else { "" })
            };
            let words: Vec<String> = words.as_slice().iter().map(word).collect();
            format!("{verb} {room} {}", words.join(" "))
        }
        Command::Join(room) => format!("{verb} {room}"),
        Command::Topic { room, text } => {
            format!("{verb} {room} {}", option(text.as_ref().map(|t| format!("{:?}", t.as_str()))))
        }
        Command::Names(room) | Command::Who(room) | Command::Part(room) => {
            format!("{verb} {}", option(room.map(|room| room.to_string())))
        }
        Command::History { target, span, count } => {
            let target = match target {
                HistoryTarget::Current => "current".to_string(),
                HistoryTarget::Room(room) => format!("room {room}"),
                HistoryTarget::Person(name) => format!("person {name}"),
            };
            format!("{verb} {target} {span:?} {}", option(count.map(|count| count.to_string())))
        }
        Command::Tags(on) | Command::Chat(on) => format!("{verb} {on}"),
        Command::Ping(word) | Command::Help(word) => {
            format!("{verb} {}", option(word.map(|word| format!("{word:?}"))))
        }
        Command::Kick { room, name, reason } => {
            let room = option(room.map(|room| room.to_string()));
            format!("{verb} {room} {name} {:?}", reason.as_str())
        }
        Command::Penalise { mask, term, reason, .. } => {
            let term = option(term.map(|term| term.from(Timestamp::default()).ms().to_string()));
            format!("{verb} {mask} {term} {:?}", reason.as_str())
        }
        Command::Pardon(_, mask) => format!("{verb} {mask}"),
        Command::Whois(name) => format!("{verb} {name}"),
        Command::Notice(text) => format!("{verb} {:?}", text.as_str()),
        Command::Forget(id) => format!("{verb} {id}"),
        Command::Terms
        | Command::List
        | Command::Pong
        | Command::Quit
        | Command::Bans
        | Command::Stats => verb.to_string(),
    }
}

fn option(part: Option<String>) -> String {
    part.unwrap_or_else(|| "none".into())
}

fn secret(secret: &Secret) -> String {
    format!("{:?}", std::str::from_utf8(secret.expose()).expect("a line is UTF-8"))
}

/// A connection as the reactor reads it: telnet, framing and commands over a buffer
/// that keeps only what the framer has not used up.
pub struct Reader {
    telnet: Telnet,
    framer: Framer,
    kept: Vec<u8>,
    mode: Mode,
    /// What was read so far: a line each, see [`read`].
    pub seen: Vec<String>,
}

impl Reader {
    /// A new connection.
    pub fn new(mode: Mode) -> Reader {
        let (telnet, framer) = (Telnet::default(), Framer::default());
        Reader { telnet, framer, kept: Vec::new(), mode, seen: Vec::new() }
    }

    /// One read from the socket. Checks on the way what holds for every input.
    pub fn feed(&mut self, chunk: &[u8]) {
        let mut chunk = chunk.to_vec();
        let seen = &mut self.seen;
        let len = self.telnet.strip(&mut chunk, |asked| {
            seen.push(match asked {
                Asked::TimingMark => "asked timing mark".into(),
                Asked::AreYouThere => "asked are you there".into(),
            });
        });
        assert!(len <= chunk.len());
        self.kept.extend_from_slice(&chunk[..len]);
        let mut at = 0;
        loop {
            let rest = &self.kept[at..];
            let (frame, used) = self.framer.next(rest);
            assert!(used <= rest.len(), "used up more than there is");
            match frame {
                Frame::Partial => {
                    at += used;
                    break;
                }
                Frame::Line(line) => {
                    assert!(used > line.len(), "a line has an end");
                    assert!(!line.contains(&b'\n'), "a line holds no LF");
                    assert!(!line.windows(2).any(|two| two == b"\r\0"), "nor CR NUL");
                    self.seen.push(read(line, self.mode));
                }
                Frame::TooLong => {
                    assert!(used > 0, "a frame is progress");
                    self.seen.push("too long".into());
                }
            }
            at += used;
        }
        self.kept.drain(..at);
        assert!(self.kept.len() < taifas::limits::LINE_BYTES, "more is kept than a line");
    }

    /// How many bytes wait for the rest of their line.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }
}

/// What a connection reads that gets `input` cut at `cuts`, which ascend.
pub fn read_cut(input: &[u8], cuts: &[usize], mode: Mode) -> Vec<String> {
    let mut reader = Reader::new(mode);
    let mut from = 0;
    for &cut in cuts.iter().chain([&input.len()]) {
        reader.feed(&input[from..cut]);
        from = cut;
    }
    reader.seen
}

/// Marsaglia's xorshift64: enough for noise, the same on every machine.
pub struct Noise(u64);

impl Noise {
    /// A sequence by its seed.
    pub fn new(seed: u64) -> Noise {
        Noise(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}
