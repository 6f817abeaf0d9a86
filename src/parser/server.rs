//! The other direction: a line of the server's as a value, for clients and for tests.
//!
//! Everything that [`line`](crate::protocol::line) writes is read here, borrowed from
//! the line. A line of a kind that there is not is [`NotALine`], never a panic; a verb
//! that there is not yet is no mistake, so that an old client can read a new server.
//! The server itself never calls it.

use std::str;

use nom::Parser;
use nom::bytes::complete::{is_not, take_while1};
use nom::character::complete::char;
use nom::combinator::{eof, map, map_opt, not, opt, recognize, rest};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};

use super::tags::Tags;
use super::words::{Parsed, digits, spaces0, spaces1, word};
use crate::protocol::{MessageId, Timestamp};

/// One line of the server's. Verbs and codes are in upper case, texts as they were
/// said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerLine<'a> {
    /// `NAME <server> taifas/1 :<text>`: the first line, which asks for a name.
    Greeting {
        /// The server's name.
        server: &'a str,
        /// What it speaks: `taifas/1`.
        protocol: &'a str,
        /// A sentence for people.
        text: &'a str,
    },
    /// `OK <VERB> [params] [:text]`
    Ok {
        /// What was done.
        verb: &'a str,
        /// Its parameters.
        params: Words<'a>,
        /// Its text, if it has one.
        text: Option<&'a str>,
    },
    /// `FAIL <VERB> <CODE> :<text>`
    Fail {
        /// What was not done; `LINE` where it was no command.
        verb: &'a str,
        /// Why, for programs.
        code: &'a str,
        /// Why, for people.
        text: &'a str,
    },
    /// `[@tags] :<source> <VERB> params [:text]`
    Event {
        /// Whose doing it is: a name, or the server's.
        source: &'a str,
        /// What happened.
        verb: &'a str,
        /// Its parameters.
        params: Words<'a>,
        /// Its text, if it has one.
        text: Option<&'a str>,
        /// The `msgid` tag; only the tagged view has it.
        id: Option<MessageId>,
        /// The `time` tag; likewise.
        time: Option<Timestamp>,
    },
    /// `<VERB> params [:text]`: part of an answer, a prompt, or the server's PING.
    Data {
        /// Of which answer.
        verb: &'a str,
        /// Its parameters.
        params: Words<'a>,
        /// Its text, if it has one.
        text: Option<&'a str>,
    },
}

/// The parameters of a server's line, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words<'a>(&'a str);

/// The line is none that a server of this protocol writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotALine;

impl<'a> Words<'a> {
    /// The words, in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> + Clone {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// The word at this position, from 0 on.
    pub fn get(self, at: usize) -> Option<&'a str> {
        self.iter().nth(at)
    }
}

/// Reads one line, without its end.
///
/// # Errors
/// [`NotALine`] if it is not UTF-8 or of none of the five kinds.
pub fn server_line(line: &[u8]) -> Result<ServerLine<'_>, NotALine> {
    let line = str::from_utf8(line).map_err(|_| NotALine)?;
    let parsed = any_line(line).map_err(|_| NotALine)?;
    let ((tags, source), (verb, params, text)) = parsed.1;
    match (source, verb) {
        (Some(source), _) => {
            let id = tag(tags, "msgid", |id| digits(id)?.parse().ok().map(MessageId))?;
            let time = tag(tags, "time", Timestamp::parse)?;
            Ok(ServerLine::Event { source, verb, params, text, id, time })
        }
        (None, "OK") => {
            let (_, (verb, params)) = split_first(params.0).map_err(|_| NotALine)?;
            Ok(ServerLine::Ok { verb, params, text })
        }
        (None, "FAIL") => {
            let mut words = params.iter();
            match (words.next(), words.next(), words.next(), text) {
                (Some(verb), Some(code), None, Some(text)) => {
                    Ok(ServerLine::Fail { verb, code, text })
                }
                _ => Err(NotALine),
            }
        }
        (None, "NAME") => {
            let mut words = params.iter();
            match (words.next(), words.next(), words.next(), text) {
                (Some(server), Some(protocol), None, Some(text)) => {
                    Ok(ServerLine::Greeting { server, protocol, text })
                }
                _ => Err(NotALine),
            }
        }
        (None, _) => Ok(ServerLine::Data { verb, params, text }),
    }
}

/// Tags, source, verb, parameters and text.
type Parts<'a> = (Head<'a>, (&'a str, Words<'a>, Option<&'a str>));
type Head<'a> = (Option<Tags<'a>>, Option<&'a str>);

/// `line = ["@" tags 1*SP] [":" source 1*SP] verb params`
fn any_line(input: &str) -> Parsed<'_, Parts<'_>> {
    let tags = map_opt(delimited(char('@'), word, spaces1), Tags::parse);
    let source = delimited(char(':'), word, spaces1);
    ((opt(tags), opt(source)), body).parse(input)
}

/// `verb *( 1*SP word ) [1*SP ":" text] *SP`, where a word does not start with `:`.
fn body(input: &str) -> Parsed<'_, (&str, Words<'_>, Option<&str>)> {
    let verb = take_while1(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let words = recognize(many0_count((spaces1, not(char(':')), is_not(" "))));
    let text = opt(preceded((spaces1, char(':')), rest));
    let (input, (verb, words, text)) =
        terminated((verb, words, text), (spaces0, eof)).parse(input)?;
    Ok((input, (verb, Words(words), text)))
}

/// `1*SP word`, and the words behind it.
fn split_first(words: &str) -> Parsed<'_, (&str, Words<'_>)> {
    (preceded(spaces1, word), map(rest, Words)).parse(words)
}

/// The tag's value, if the line has the tag; one that cannot be read is a mistake.
fn tag<T>(
    tags: Option<Tags<'_>>,
    key: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, NotALine> {
    match tags.and_then(|tags| tags.get(key)) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or(NotALine),
    }
}
