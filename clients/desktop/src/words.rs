//! What the server says no with, in plain words: what is wrong and what to do. The code
//! stays beside it, for those who report a fault.
//!
//! Pure. Called by every page that shows a refusal. A code that is not known here is
//! shown in the server's own words, which are English for people, too.

use taifas_client::{PASSWORD_CHARS_MIN, Refusal, Why};

/// A sentence for people, and the server's code behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// What is wrong and what to do.
    pub text: String,
    /// The server's code and words, for the hover; empty where the words are ours.
    pub code: String,
}

impl Plain {
    /// Words of our own.
    pub fn own(text: &str) -> Plain {
        Plain { text: text.into(), code: String::new() }
    }

    fn with_code(text: &str, code: &str) -> Plain {
        Plain { text: text.into(), code: code.into() }
    }
}

/// A refusal in plain words.
pub fn refusal(refusal: &Refusal) -> Plain {
    let text = match refusal.code.as_str() {
        "TRY_LATER" => match refusal.wait_secs() {
            Some(secs) => too_many(secs),
            None => "Too many tries. Wait a minute, then try again.".into(),
        },
        "PASSWORD_TOO_SHORT" => too_short(),
        // Who did it and why, too.
        "KICKED" => as_sentence(&refusal.text),
        // For how long and why stands in the server's words alone.
        "BANNED" => format!("{} Ask whoever runs the server.", as_sentence(&refusal.text)),
        "MUTED" => format!("{} You can read on meanwhile.", as_sentence(&refusal.text)),
        code => sentence(code).map_or_else(|| as_sentence(&refusal.text), str::to_owned),
    };
    Plain { text, code: hover(refusal) }
}

/// A refusal where a recovery code was asked for.
pub fn refused_code(why: &Refusal) -> Plain {
    match why.code.as_str() {
        "BAD_CREDENTIALS" => Plain::with_code(
            "The name or the recovery code is wrong, or the code was used already. Look at \
             what you have written down, and try again.",
            &hover(why),
        ),
        _ => refusal(why),
    }
}

/// A refusal where the password is changed by somebody who is in.
pub fn refused_change(why: &Refusal) -> Plain {
    match why.code.as_str() {
        "BAD_CREDENTIALS" => {
            Plain::with_code("That is not your old password. Nothing was changed.", &hover(why))
        }
        _ => refusal(why),
    }
}

/// A refusal where a room was to be given a topic.
pub fn refused_topic(why: &Refusal) -> Plain {
    match why.code.as_str() {
        "NOT_ALLOWED" => Plain::with_code(
            "Only operators say what a room is about. Nothing was changed.",
            &hover(why),
        ),
        _ => refusal(why),
    }
}

/// A refusal where a room was to be joined or made.
pub fn refused_room(why: &Refusal) -> Plain {
    match why.code.as_str() {
        "NOT_ALLOWED" => {
            let text = format!("That is not for you: {}", as_sentence(&why.text));
            Plain { text, code: hover(why) }
        }
        "PARAMS" | "NAME_INVALID" => Plain::with_code(ROOM_RULE, &hover(why)),
        _ => refusal(why),
    }
}

/// A refusal where an operator's order was given.
pub fn refused_order(why: &Refusal) -> Plain {
    match why.code.as_str() {
        // Who asks is no operator, or the other one is: the server says which.
        "NOT_ALLOWED" => {
            let text = format!("That was not done. {}", as_sentence(&why.text));
            Plain { text, code: hover(why) }
        }
        // Who is not here, or not muted, or not banned: the server says which, and then
        // what to type, which nobody does here.
        "NO_SUCH_NAME" => {
            let what = why.text.split(';').next().unwrap_or_default();
            // A name in front of it keeps its case.
            Plain { text: format!("That was not done: {what}."), code: hover(why) }
        }
        _ => refusal(why),
    }
}

/// Why a connection is gone, in plain words.
pub fn lost(why: &Why) -> Plain {
    match why {
        Why::Refused(why) => refusal(why),
        Why::Unreachable(detail) => Plain::with_code(&unreachable(detail), detail),
        Why::Broken => Plain::own("The connection to the server broke. Try again."),
        Why::Silent => Plain::own(
            "The server does not answer. Check the address, or wait a little and try again.",
        ),
        Why::Confused => Plain::own(
            "What answers at that address makes no sense to this program. Check the address; \
             if it is right, a newer version of this program may be needed.",
        ),
    }
}

/// Too many tries, and for how long.
pub fn too_many(secs: u64) -> String {
    format!("Too many tries. Wait {}, then try again.", wait(secs))
}

/// What a new password needs.
pub fn too_short() -> String {
    format!("A password has at least {PASSWORD_CHARS_MIN} characters. Choose a longer one.")
}

/// How long that is: seconds up to two minutes, then minutes, never too few.
pub fn wait(secs: u64) -> String {
    match secs {
        1 => "1 second".into(),
        0..120 => format!("{secs} seconds"),
        _ => format!("{} minutes", secs.div_ceil(60)),
    }
}

/// The sentence of a code.
fn sentence(code: &str) -> Option<&'static str> {
    Some(match code {
        "UNKNOWN_COMMAND" => {
            "The server does not know what this program asks for. It may be an older one."
        }
        "PARAMS" => {
            "The server did not understand this program. One of the two may need a newer version."
        }
        "TOO_LONG" => "That is too long. Say it in parts.",
        "NOT_UTF8" => "That holds something which is no text. Type it again.",
        "BAD_CHARACTER" => "That holds a character which cannot be sent. Leave it out.",
        "TEXT_MISSING" => "There is nothing to say. Type something first.",
        "NAME_FIRST" => "The server does not know who you are yet. Log in first.",
        "NAME_INVALID" => NAME_RULE,
        "NAME_IN_USE" => "That name is already in use. Choose another.",
        "NAME_REGISTERED" => {
            "That name belongs to an account. If it is yours, log in; if not, choose another."
        }
        "BAD_CREDENTIALS" => "The name or the password is wrong. Try again.",
        "TERMS_REQUIRED" => "The terms are not accepted yet. Read them, and tick the box.",
        "NOT_LOGGED_IN" => "Only those with an account can do that. Log in first.",
        "NOT_ALLOWED" => "That is not possible now. Log out, and try again.",
        "NO_SUCH_ROOM" => "There is no such room.",
        "NO_SUCH_NAME" => "There is nobody of that name.",
        "NOT_IN_ROOM" => "You are not in that room, so nothing can be said there.",
        "CANCELLED" => "Nothing was typed, so nothing has changed.",
        "NOT_STORED" => {
            "The server could not write that down, so nobody has seen it. Try again later."
        }
        "SERVER_FULL" => "The server is full. Try again later.",
        "NAME_TIMEOUT" => "That took too long, and the server hung up. Try again.",
        _ => return None,
    })
}

/// Somebody on the way can make it look so: whoever unticks the box for that would tell
/// them the password.
const NOT_ENCRYPTED: &str = "Check the port. If it was encrypted before, somebody may stand \
     between you and the server: ask whoever runs it before you untick Encrypted.";

/// What a room's name is.
pub const ROOM_RULE: &str = "A room's name begins with a letter; then letters a to z, digits, \
     and - _ or a full stop may follow, 32 in all.";

/// What a name is.
pub const NAME_RULE: &str = "A name begins with a letter; then letters a to z, digits, and - _ or \
     a full stop may follow, 32 in all.";

/// Where a server cannot be reached: the client's own words are made plain, an
/// operating system's stay in the hover.
fn unreachable(detail: &str) -> String {
    let (why, advice) = match detail {
        "nothing listens at that address" => {
            ("nothing listens at that address", "Check the address, and that the server runs.")
        }
        "nothing answers at that address" => {
            ("nothing answers at that address", "Check the address, and that the machine runs.")
        }
        _ if detail.ends_with("with TLS") => ("what answers there is not encrypted", NOT_ENCRYPTED),
        _ if detail.contains("no way to that address") => {
            ("there is no way to that address", "Check your network.")
        }
        _ if detail.contains("lookup address") || detail == "there is no such address" => {
            ("no machine of that name is known", "Check the address.")
        }
        _ => return "The server cannot be reached. Check the address, and that it runs.".into(),
    };
    format!("The server cannot be reached: {why}. {advice}")
}

fn hover(refusal: &Refusal) -> String {
    match (refusal.code.as_str(), refusal.text.as_str()) {
        // The client's own words, which are shown already.
        ("", _) => String::new(),
        (code, "") => code.into(),
        (code, text) => format!("{code}: {text}"),
    }
}

/// Words of a program's as a sentence.
fn as_sentence(words: &str) -> String {
    let words = words.trim();
    let mut chars = words.chars();
    let Some(first) = chars.next() else {
        return "The server said no.".into();
    };
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const PROTOCOL: &str = include_str!("../../../docs/PROTOCOL.md");

    /// The first column of the table of codes.
    fn codes() -> impl Iterator<Item = &'static str> {
        let (_, section) = PROTOCOL.split_once("\n## FAIL codes").expect("the section");
        let (section, _) = section.split_once("\n## ").expect("another one behind it");
        section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|at| at.0))
    }

    #[test]
    fn every_code_has_a_sentence_of_its_own() {
        let mut seen = BTreeSet::new();
        for code in codes() {
            let plain = refusal(&Refusal::new(code, "words of the server"));
            let tells_more = ["BANNED", "MUTED"].contains(&code);
            let is_the_servers = plain.text.to_lowercase().contains("words of the server");
            assert_eq!(is_the_servers, tells_more, "{code}: {}", plain.text);
            assert!(plain.text.ends_with('.'), "{code}: {}", plain.text);
            assert!(
                !plain.text.contains(code) && !plain.text.contains('_') || code == "NAME_INVALID"
            );
            assert_eq!(plain.code, format!("{code}: words of the server"));
            assert!(seen.insert(plain.text), "{code} says the same as another");
        }
        assert!(seen.len() >= 23, "{} codes were found", seen.len());
    }

    #[test]
    fn what_is_not_known_is_said_in_the_servers_words() {
        let plain = refusal(&Refusal::new("ASLEEP", "the server sleeps for 20 minutes"));
        assert_eq!(plain.text, "The server sleeps for 20 minutes.");
        assert_eq!(plain.code, "ASLEEP: the server sleeps for 20 minutes");
        assert_eq!(refusal(&Refusal::new("NEW", "")).text, "The server said no.");
        assert_eq!(refusal(&Refusal::new("", "is it there?")), Plain::own("Is it there?"));
    }

    #[test]
    fn waits_are_kept() {
        let later = |text| refusal(&Refusal::new("TRY_LATER", text)).text;
        let wanted = "Too many tries. Wait 30 seconds, then try again.";
        assert_eq!(later("too many tries have failed; try again in 30 seconds"), wanted);
        assert_eq!(later("try again in 900 seconds"), too_many(900));
        assert_eq!(later("try again"), "Too many tries. Wait a minute, then try again.");
        for (secs, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (121, "3 minutes"),
            (900, "15 minutes"),
        ] {
            assert_eq!(wait(secs), words);
        }
    }

    #[test]
    fn what_is_wrong_depends_on_what_was_asked() {
        let wrong = Refusal::new("BAD_CREDENTIALS", "no");
        let said = [refusal(&wrong), refused_code(&wrong), refused_change(&wrong)];
        let texts: BTreeSet<_> = said.iter().map(|plain| plain.text.clone()).collect();
        assert_eq!(texts.len(), 3);
        assert!(said.iter().all(|plain| plain.code == "BAD_CREDENTIALS: no"));
        let full = Refusal::new("SERVER_FULL", "no");
        assert_eq!(refused_code(&full), refusal(&full));
        assert_eq!(refused_change(&full), refusal(&full));
    }

    #[test]
    fn what_is_not_allowed_is_said_in_the_servers_words() {
        let no = Refusal::new("NOT_ALLOWED", "only operators may");
        assert_eq!(refused_order(&no).text, "That was not done. Only operators may.");
        assert_eq!(refused_room(&no).text, "That is not for you: Only operators may.");
        assert_eq!(refused_order(&no).code, "NOT_ALLOWED: only operators may");
        let gone = Refusal::new("NO_SUCH_NAME", "ion is not banned; BANS lists who is");
        assert_eq!(refused_order(&gone).text, "That was not done: ion is not banned.");
        assert_eq!(refused_room(&gone), refusal(&gone));
    }

    #[test]
    fn a_lost_connection_says_what_to_do() {
        let unreachable = |detail: &str| lost(&Why::Unreachable(detail.into()));
        for (detail, part) in [
            ("nothing listens at that address", "nothing listens"),
            ("nothing answers at that address", "that the machine runs"),
            ("there is no way to that address; is the network there?", "Check your network"),
            ("failed to lookup address information: Name or service not known", "of that name"),
            ("what listens there does not answer with TLS", "before you untick Encrypted"),
            ("what answers there cannot be talked to with TLS", "before you untick Encrypted"),
            ("Broken pipe (os error 32)", "cannot be reached. Check"),
        ] {
            let plain = unreachable(detail);
            assert!(plain.text.contains(part), "{}", plain.text);
            assert_eq!(plain.code, detail);
        }
        let full = Why::Refused(Refusal::new("SERVER_FULL", "no"));
        assert_eq!(lost(&full).text, "The server is full. Try again later.");
        for why in [Why::Broken, Why::Silent, Why::Confused] {
            assert!(lost(&why).text.ends_with('.'));
        }
    }
}
