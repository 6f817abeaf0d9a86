//! What the hub says when something is wrong: one line, what was wrong and what to
//! type instead.

use crate::limits::{
    LINE_BYTES, NONCE_BYTES, PASSWORD_CHARS_MIN, REASON_BYTES, SEARCH_BEGINNINGS,
    SEARCH_WORD_CHARS, SEARCH_WORDS, TOKEN_BYTES, TOPIC_BYTES,
};
use crate::protocol::line;
use crate::protocol::{Code, Fault, Name, RoomName, Verb, VerbWord};

/// Writes the `FAIL` line of a line that was no command. `slash` is what a command
/// begins with in this session.
pub(super) fn fault(out: &mut Vec<u8>, fault: &Fault, slash: &str) {
    let verb = fault.verb.as_str();
    let text = match (fault.code, &fault.verb) {
        (Code::UnknownCommand, VerbWord::Line) => {
            format!(
                "that is no command; type {slash}HELP for all of them, or {slash}MSG and what you want to say"
            )
        }
        (Code::UnknownCommand, _) => {
            format!(
                "there is no command {verb}; type {slash}HELP for all of them, or {slash}MSG {verb} to say it"
            )
        }
        (Code::TooLong, VerbWord::Known(Verb::Topic)) => {
            format!(
                "a topic has at most {TOPIC_BYTES} bytes; nothing is changed, take a shorter one"
            )
        }
        (Code::TooLong, _) => {
            format!("a line has at most {LINE_BYTES} bytes; this one is dropped, send it in parts")
        }
        (Code::NotUtf8, _) => "that is not UTF-8; set your terminal to UTF-8".into(),
        (Code::BadCharacter, _) => {
            "control and direction characters are not relayed; send it without them".into()
        }
        (Code::TextMissing, VerbWord::Known(Verb::Search)) => {
            format!("there is nothing to search for; type {slash}SEARCH and a word, or more")
        }
        (Code::TextMissing, VerbWord::Known(Verb::Tell)) => {
            format!("there is nothing to say; type {slash}TELL, a name and a text")
        }
        (Code::TextMissing, VerbWord::Known(Verb::Notice)) => {
            "there is nothing to say; type NOTICE and a text".into()
        }
        (Code::TextMissing, _) => "there is nothing to say; type MSG and a text".into(),
        (Code::NameInvalid, _) => NAME_RULE.into(),
        (Code::NoSuchRoom, VerbWord::Known(Verb::Msg)) => no_such_room_msg(slash),
        (Code::NoSuchRoom, _) => ROOM_RULE.into(),
        (_, VerbWord::Known(verb)) => params(*verb),
        _ => "that line has a tag that cannot be read; write @nonce=<mark> MSG #room :text".into(),
    };
    line::fail(out, verb, fault.code, format_args!("{text}"));
}

/// What is wrong with a verb's parameters: how they should be.
pub(super) fn params(verb: Verb) -> String {
    match verb {
        Verb::Msg | Verb::Tell => format!(
            "write {}; a tag before it is @nonce=<1 to {NONCE_BYTES} letters, digits, ->, after TAGS ON",
            verb.usage()
        ),
        Verb::Join => format!("write {}, one room; for example JOIN #lobby", verb.usage()),
        Verb::Ping => format!("write {}; a token has at most {TOKEN_BYTES} bytes", verb.usage()),
        Verb::Search => {
            format!(
                "write {}; at most {SEARCH_WORDS} words of {SEARCH_WORD_CHARS} characters, {SEARCH_BEGINNINGS} of them with *",
                verb.usage()
            )
        }
        Verb::Ban => format!(
            "write {}; a duration is a number and s, m, h, d or w; for example BAN ion 2h :why, or BAN 192.0.2.0/24; a reason has at most {REASON_BYTES} bytes",
            verb.usage()
        ),
        Verb::Mute => format!(
            "write {}; a duration is a number and s, m, h, d or w; for example MUTE ion 10m; a reason has at most {REASON_BYTES} bytes",
            verb.usage()
        ),
        Verb::Kick => {
            format!("write {}; a reason has at most {REASON_BYTES} bytes", verb.usage())
        }
        Verb::History => format!("write {}; for example HISTORY 20", verb.usage()),
        _ => format!("write {}", verb.usage()),
    }
}

/// What a name is.
pub(super) const NAME_RULE: &str =
    "a name is a letter, then letters, digits, - _ or . up to 32 in all; for example NAME ana";

/// What a room's name is.
const ROOM_RULE: &str =
    "that is no room's name; it is # and 1 to 32 letters, digits, - _ or .; for example #lobby";

/// There is no room of that name.
pub(super) fn no_such_room(slash: &str) -> String {
    format!("there is no such room; type {slash}LIST to see those there are")
}

/// A first word with `#` names a room, and there is none of that name.
pub(super) fn no_such_room_msg(slash: &str) -> String {
    let text = no_such_room(slash);
    format!("{text}. To say a text that begins with #, type {slash}MSG :#...")
}

/// Somebody who is in no room has named none.
pub(super) fn in_no_room(slash: &str) -> String {
    format!("you are in no room; type {slash}JOIN #lobby, or {slash}LIST to see all rooms")
}

/// It is for those who are in that room.
pub(super) fn not_in_room(slash: &str, room: &RoomName) -> String {
    format!("you are not in {room}; type {slash}JOIN {room} first")
}

/// There is no room of that name, and this one may not make it.
pub(super) fn no_new_room(slash: &str, operators: bool) -> String {
    if operators {
        format!(
            "there is no such room, and only operators make rooms here; type {slash}LIST to see those there are"
        )
    } else {
        format!(
            "there is no such room, and only accounts make rooms here; LOGIN or REGISTER first, or type {slash}LIST to see those there are"
        )
    }
}

/// Writes the `FAIL` line of a message that the disk refused.
pub(super) fn not_stored(out: &mut Vec<u8>, verb: Verb) {
    let text = format_args!(
        "the message could not be written down, so nobody has seen it; try again later"
    );
    line::fail(out, verb.as_str(), Code::NotStored, text);
}

/// A guest has marked what it says.
pub(super) const NONCE_OF_GUEST: &str =
    "a nonce is remembered for an account; LOGIN first, or send it without";

/// A guest tells an account something that is not here.
pub(super) fn away(slash: &str, name: &Name) -> String {
    format!(
        "{name} is not here, and only what users say is kept; {slash}LOGIN or {slash}REGISTER first"
    )
}

/// There is nobody of that name.
pub(super) fn nobody(slash: &str, name: &Name) -> String {
    format!("nobody here is called {name}, and no account is; {slash}NAMES shows who is here")
}

/// Somebody told them something while they were away.
pub(super) fn untold(slash: &str, from: &Name, count: usize) -> String {
    let messages = if count == 1 { "message" } else { "messages" };
    format!("{count} {messages} for you while you were away: {slash}HISTORY {from}")
}

/// It cannot be said whether anybody told them something.
pub(super) const UNTOLD_UNREADABLE: &str =
    "whether there are messages for you cannot be read now; log in again later";

/// A search was given up.
pub(super) const SEARCH_TOOK_TOO_LONG: &str =
    "that takes too long to find; add a word, name a room, or try again in 10 seconds";

/// There is no place for one more.
pub(super) const NOT_TLS: &str = "this port is a chat server's and takes TLS, not plain lines; \
     try ncat --ssl, or the port for plain lines";
pub(super) const FULL: &str = "this server is full; try again later";

/// The one sentence of the greeting.
pub(super) const GREETING: &str =
    "type NAME and the name you like, for example NAME ana; then MSG hello. HELP tells more";

/// A sign of life.
pub(super) const HERE: &str = "yes, the server is here";

/// A screen that goes on showing what is typed.
pub(super) const SHOWN: &str = "your telnet program will show the password as you type it; press Return to cancel, connect again and begin with LOGIN, RECOVER or REGISTER";

/// What to type at a prompt.
pub(super) fn prompt(what: &str) -> String {
    format!("type {what} and press Return; an empty line cancels")
}

/// A password that is too short. Says what to begin with: who types just a longer
/// password now would say it to the room in chat mode.
pub(super) fn too_short(slash: &str, verb: Verb) -> String {
    let usage = verb.usage();
    format!(
        "a password has at least {PASSWORD_CHARS_MIN} characters; type {slash}{usage} again, with a longer one"
    )
}

/// A password or a code that is not the right one. Says what to begin with, as
/// [`too_short`] does.
pub(super) fn wrong(slash: &str, verb: Verb) -> String {
    match verb {
        Verb::Passwd => format!(
            "that is not your password, nothing is changed; type {slash}PASSWD again, or {slash}RECOVER <name> <code>"
        ),
        Verb::Recover => format!(
            "that name and that code do not belong together, or the code is used up; type {slash}RECOVER <name> <code> again, or ask who runs the server"
        ),
        _ => format!(
            "that name and that password do not belong together; type {slash}LOGIN <name> again, {slash}RECOVER <name> <code>, or {slash}REGISTER <name>"
        ),
    }
}
