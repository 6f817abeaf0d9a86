//! A client's line as a value. The parser makes it, the hub carries it out.

use super::code::Code;
use super::mask::Mask;
use super::message::{MessageId, Nonce};
use super::name::{Name, RoomName};
use super::penalty::{PenaltyKind, Reason, Term};
use super::query::Span;
use super::search_words::SearchWords;
use super::secret::Secret;
use super::text::Text;
use super::verb::{Verb, VerbWord};

/// One command, every parameter checked.
#[derive(Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub enum Command<'a> {
    /// `NAME <name>`
    Name(Name),
    /// `REGISTER <name> [<password>]`; without a password it is asked for.
    Register(Name, Option<Secret>),
    /// `LOGIN <name> [<password>]`; likewise.
    Login(Name, Option<Secret>),
    /// `PASSWD [<old> <new>]`; without them both are asked for.
    Passwd(Option<(Secret, Secret)>),
    /// `RECOVER <name> <code> [<new>]`; without the new password it is asked for.
    Recover {
        /// Whose account.
        name: Name,
        /// The code that registration showed.
        code: Secret,
        /// The new password.
        new: Option<Secret>,
    },
    /// `TERMS`
    Terms,
    /// `ACCEPT <version>`
    Accept(&'a str),
    /// `MSG [#room] [:]<text>`
    Msg {
        /// The room; `None` is the current one.
        room: Option<RoomName>,
        /// What to say; not blank.
        text: Text<'a>,
        /// The client's mark, from a `@nonce=` tag.
        nonce: Option<Nonce>,
    },
    /// `TELL <name> [:]<text>`
    Tell {
        /// To whom.
        to: Name,
        /// What to say; not blank.
        text: Text<'a>,
        /// The client's mark, from a `@nonce=` tag.
        nonce: Option<Nonce>,
    },
    /// `JOIN #room`
    Join(RoomName),
    /// `PART [#room]`
    Part(Option<RoomName>),
    /// `LIST`
    List,
    /// `TOPIC #room [:<text>]`
    Topic {
        /// Whose.
        room: RoomName,
        /// The new one, blank to have none; `None` asks what it is.
        text: Option<Text<'a>>,
    },
    /// `NAMES [#room]`
    Names(Option<RoomName>),
    /// `WHO [#room]`
    Who(Option<RoomName>),
    /// `HISTORY [#room or name] [AFTER <id> or BEFORE <id>] [<count>]`
    History {
        /// Whose history.
        target: HistoryTarget,
        /// Which part.
        span: Span,
        /// How many lines, at least 1; `None` for as many as there may be.
        count: Option<usize>,
    },
    /// `SEARCH [#room] <words>`
    Search {
        /// In which room; `None` is all of one's own, and one's TELLs.
        room: Option<RoomName>,
        /// What must occur.
        words: SearchWords,
    },
    /// `TAGS ON` or `TAGS OFF`
    Tags(bool),
    /// `CHAT ON` or `CHAT OFF`
    Chat(bool),
    /// `PING [<token>]`
    Ping(Option<&'a str>),
    /// `PONG <token>`: an answer, which itself gets none.
    Pong,
    /// `HELP [<verb>]`; the verb may be one that there is not.
    Help(Option<&'a str>),
    /// `QUIT [:<why>]`
    Quit,
    /// `KICK [#room] <name> [[:]<reason>]`
    Kick {
        /// Out of which room; `None`: off the server.
        room: Option<RoomName>,
        /// Whom.
        name: Name,
        /// Why.
        reason: Reason<'a>,
    },
    /// `BAN <mask> [<duration>] [[:]<reason>]`, or `MUTE <name> …`
    Penalise {
        /// Which of the two.
        kind: PenaltyKind,
        /// Whom; a name for a mute.
        mask: Mask,
        /// For how long; `None`: for good.
        term: Option<Term>,
        /// Why.
        reason: Reason<'a>,
    },
    /// `UNBAN <mask>` or `UNMUTE <name>`
    Pardon(PenaltyKind, Mask),
    /// `BANS`
    Bans,
    /// `WHOIS <name>`
    Whois(Name),
    /// `NOTICE [:]<text>`
    Notice(Text<'a>),
    /// `FORGET <id>`
    Forget(MessageId),
    /// `STATS`
    Stats,
}

/// Whose history is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryTarget {
    /// The current room's.
    Current,
    /// A room's.
    Room(RoomName),
    /// The talk with one person.
    Person(Name),
}

/// A line that is no command. The hub puts it into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What stands for the verb in the `FAIL` line.
    pub verb: VerbWord,
    /// What is wrong.
    pub code: Code,
}

impl Command<'_> {
    /// The command's verb.
    pub fn verb(&self) -> Verb {
        match self {
            Command::Name(_) => Verb::Name,
            Command::Register(..) => Verb::Register,
            Command::Login(..) => Verb::Login,
            Command::Passwd(_) => Verb::Passwd,
            Command::Recover { .. } => Verb::Recover,
            Command::Terms => Verb::Terms,
            Command::Accept(_) => Verb::Accept,
            Command::Msg { .. } => Verb::Msg,
            Command::Tell { .. } => Verb::Tell,
            Command::Join(_) => Verb::Join,
            Command::Part(_) => Verb::Part,
            Command::List => Verb::List,
            Command::Topic { .. } => Verb::Topic,
            Command::Names(_) => Verb::Names,
            Command::Who(_) => Verb::Who,
            Command::History { .. } => Verb::History,
            Command::Search { .. } => Verb::Search,
            Command::Tags(_) => Verb::Tags,
            Command::Chat(_) => Verb::Chat,
            Command::Ping(_) => Verb::Ping,
            Command::Pong => Verb::Pong,
            Command::Help(_) => Verb::Help,
            Command::Quit => Verb::Quit,
            Command::Kick { .. } => Verb::Kick,
            Command::Penalise { kind: PenaltyKind::Ban, .. } => Verb::Ban,
            Command::Penalise { kind: PenaltyKind::Mute, .. } => Verb::Mute,
            Command::Pardon(PenaltyKind::Ban, _) => Verb::Unban,
            Command::Pardon(PenaltyKind::Mute, _) => Verb::Unmute,
            Command::Bans => Verb::Bans,
            Command::Whois(_) => Verb::Whois,
            Command::Notice(_) => Verb::Notice,
            Command::Forget(_) => Verb::Forget,
            Command::Stats => Verb::Stats,
        }
    }
}

impl Fault {
    /// A fault of a verb's, or of the whole line's.
    pub fn new(verb: impl Into<VerbWord>, code: Code) -> Fault {
        Fault { verb: verb.into(), code }
    }

    /// A fault of the whole line's.
    pub fn line(code: Code) -> Fault {
        Fault { verb: VerbWord::Line, code }
    }
}
