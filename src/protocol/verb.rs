//! The verbs a client may use, with the usage and the one sentence that `HELP`
//! and `FAIL … PARAMS` show.

use std::fmt;

/// A command's verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Take a name as a guest.
    Name,
    /// Make an account of a name.
    Register,
    /// Come back to an account.
    Login,
    /// Change the password.
    Passwd,
    /// Set a forgotten password anew.
    Recover,
    /// Read the terms.
    Terms,
    /// Accept them.
    Accept,
    /// Say something to a room.
    Msg,
    /// Say something to one person.
    Tell,
    /// Enter a room, or make one.
    Join,
    /// Leave a room.
    Part,
    /// Which rooms there are.
    List,
    /// What a room is about.
    Topic,
    /// Who is in a room, names only.
    Names,
    /// Who is in a room, with since when.
    Who,
    /// What was said.
    History,
    /// Where certain words were said.
    Search,
    /// The view for programs.
    Tags,
    /// Lines without a verb are said.
    Chat,
    /// Is the server there?
    Ping,
    /// The answer to the server's own PING.
    Pong,
    /// What there is to type.
    Help,
    /// Leave.
    Quit,
    /// Send somebody away.
    Kick,
    /// Shut a name or a network out.
    Ban,
    /// Let them in again.
    Unban,
    /// Who is shut out.
    Bans,
    /// Let somebody not speak.
    Mute,
    /// Let them speak again.
    Unmute,
    /// Who somebody is.
    Whois,
    /// Tell everybody something.
    Notice,
    /// Erase a message.
    Forget,
    /// How the server does.
    Stats,
}

impl Verb {
    /// Every verb, in the order `HELP` lists them.
    pub const ALL: [Verb; 33] = [
        Verb::Name,
        Verb::Msg,
        Verb::Tell,
        Verb::Chat,
        Verb::Join,
        Verb::Part,
        Verb::List,
        Verb::Topic,
        Verb::Names,
        Verb::Who,
        Verb::History,
        Verb::Search,
        Verb::Register,
        Verb::Login,
        Verb::Passwd,
        Verb::Recover,
        Verb::Terms,
        Verb::Accept,
        Verb::Tags,
        Verb::Ping,
        Verb::Pong,
        Verb::Help,
        Verb::Quit,
        Verb::Kick,
        Verb::Ban,
        Verb::Unban,
        Verb::Bans,
        Verb::Mute,
        Verb::Unmute,
        Verb::Whois,
        Verb::Notice,
        Verb::Forget,
        Verb::Stats,
    ];

    /// The verb as the server writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Name => "NAME",
            Verb::Register => "REGISTER",
            Verb::Login => "LOGIN",
            Verb::Passwd => "PASSWD",
            Verb::Recover => "RECOVER",
            Verb::Terms => "TERMS",
            Verb::Accept => "ACCEPT",
            Verb::Msg => "MSG",
            Verb::Tell => "TELL",
            Verb::Join => "JOIN",
            Verb::Part => "PART",
            Verb::List => "LIST",
            Verb::Topic => "TOPIC",
            Verb::Names => "NAMES",
            Verb::Who => "WHO",
            Verb::History => "HISTORY",
            Verb::Search => "SEARCH",
            Verb::Tags => "TAGS",
            Verb::Chat => "CHAT",
            Verb::Ping => "PING",
            Verb::Pong => "PONG",
            Verb::Help => "HELP",
            Verb::Quit => "QUIT",
            Verb::Kick => "KICK",
            Verb::Ban => "BAN",
            Verb::Unban => "UNBAN",
            Verb::Bans => "BANS",
            Verb::Mute => "MUTE",
            Verb::Unmute => "UNMUTE",
            Verb::Whois => "WHOIS",
            Verb::Notice => "NOTICE",
            Verb::Forget => "FORGET",
            Verb::Stats => "STATS",
        }
    }

    /// The verb of a word, in any case.
    pub fn from_word(word: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.as_str().eq_ignore_ascii_case(word))
    }

    /// Whether only operators may use it.
    pub fn is_operators(self) -> bool {
        matches!(
            self,
            Verb::Kick
                | Verb::Ban
                | Verb::Unban
                | Verb::Bans
                | Verb::Mute
                | Verb::Unmute
                | Verb::Whois
                | Verb::Notice
                | Verb::Forget
                | Verb::Stats
        )
    }

    /// How to type it: the grammar of docs/PROTOCOL.md.
    pub fn usage(self) -> &'static str {
        match self {
            Verb::Name => "NAME <name>",
            Verb::Register => "REGISTER <name> [<password>]",
            Verb::Login => "LOGIN <name> [<password>]",
            Verb::Passwd => "PASSWD [<old> <new>]",
            Verb::Recover => "RECOVER <name> <code> [<new password>]",
            Verb::Terms => "TERMS",
            Verb::Accept => "ACCEPT <version>",
            Verb::Msg => "MSG [#room] [:]<text>",
            Verb::Tell => "TELL <name> [:]<text>",
            Verb::Join => "JOIN #room",
            Verb::Part => "PART [#room]",
            Verb::List => "LIST",
            Verb::Topic => "TOPIC #room [:<text>]",
            Verb::Names => "NAMES [#room]",
            Verb::Who => "WHO [#room]",
            Verb::History => "HISTORY [#room or name] [AFTER <id> or BEFORE <id>] [<count>]",
            Verb::Search => "SEARCH [#room] <words>",
            Verb::Tags => "TAGS ON or TAGS OFF",
            Verb::Chat => "CHAT ON or CHAT OFF",
            Verb::Ping => "PING [<token>]",
            Verb::Pong => "PONG <token>",
            Verb::Help => "HELP [<verb>]",
            Verb::Quit => "QUIT [:<why>]",
            Verb::Kick => "KICK [#room] <name> [[:]<reason>]",
            Verb::Ban => "BAN <name or address or network/prefix> [<duration>] [[:]<reason>]",
            Verb::Unban => "UNBAN <name or address or network/prefix>",
            Verb::Bans => "BANS",
            Verb::Mute => "MUTE <name> [<duration>] [[:]<reason>]",
            Verb::Unmute => "UNMUTE <name>",
            Verb::Whois => "WHOIS <name>",
            Verb::Notice => "NOTICE [:]<text>",
            Verb::Forget => "FORGET <id>",
            Verb::Stats => "STATS",
        }
    }

    /// What it does, in one sentence without its full stop.
    pub fn summary(self) -> &'static str {
        match self {
            Verb::Name => "take a name as a guest, or another one, and enter #lobby",
            Verb::Register => {
                "make an account of a name; write down the code it answers, RECOVER needs it"
            }
            Verb::Login => "come back to your account",
            Verb::Passwd => "change your password",
            Verb::Recover => "set a forgotten password anew with your recovery code",
            Verb::Terms => "read the terms of this server",
            Verb::Accept => "accept the terms, which REGISTER asks for",
            Verb::Msg => "say something to everybody in the room",
            Verb::Tell => "say something to one person; an account that is away finds it later",
            Verb::Join => "enter a room, or make it; what you say goes there from then on",
            Verb::Part => "leave a room",
            Verb::List => "list the rooms there are",
            Verb::Topic => "show what a room is about; operators say what",
            Verb::Names => "list who is here",
            Verb::Who => "list who is here, and since when",
            Verb::History => "show what was said, 100 lines at most",
            Verb::Search => {
                "find what was said with all of these words; \"two words\" together, begin* for a beginning"
            }
            Verb::Tags => "for programs: message ids and times on every line",
            Verb::Chat => "every line that does not start with / is said to the room",
            Verb::Ping => "ask whether the server is there",
            Verb::Pong => "answer the server's PING",
            Verb::Help => "list the commands, or explain one",
            Verb::Quit => "leave",
            Verb::Kick => "disconnect somebody, or send them out of a room",
            Verb::Ban => "shut somebody out, for 30m, 2h, 7d or 1w, or for good",
            Verb::Unban => "let somebody in again",
            Verb::Bans => "list who is shut out, until when and why",
            Verb::Mute => "let somebody read but not speak, for a while or for good",
            Verb::Unmute => "let somebody speak again",
            Verb::Whois => "show who somebody is, and where from",
            Verb::Notice => "tell everybody on the server something; it is not kept",
            Verb::Forget => "erase a message for good",
            Verb::Stats => "show how the server does",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands for the verb in a `FAIL` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerbWord {
    /// A verb there is.
    Known(Verb),
    /// A word that is none: letters and digits only, in upper case, 16 bytes at most.
    Unknown(Box<str>),
    /// There is no verb to speak of: the fault is the whole line's.
    Line,
}

impl VerbWord {
    /// The word of a line that starts with something that is no verb.
    pub fn unknown(word: &str) -> VerbWord {
        let fits =
            (1..=16).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric());
        if fits { VerbWord::Unknown(word.to_ascii_uppercase().into()) } else { VerbWord::Line }
    }

    /// The word as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            VerbWord::Known(verb) => verb.as_str(),
            VerbWord::Unknown(word) => word,
            VerbWord::Line => "LINE",
        }
    }
}

impl From<Verb> for VerbWord {
    fn from(verb: Verb) -> VerbWord {
        VerbWord::Known(verb)
    }
}
