//! A client's line into a [`Command`]: tags, verb, and the view's own ways.
//!
//! What the parameters of each verb look like is in `params`; here is everything
//! before them. It borrows from the line and decides nothing: whether somebody may do
//! what they ask is the hub's. The reactor calls it with each line that the framer
//! finds.

use std::str;

use nom::Parser;
use nom::bytes::complete::take_till;
use nom::character::complete::char;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::params::{checked_text, parameters};
use super::tags::Tags;
use super::words::{Parsed, spaces0};
use crate::protocol::{Code, Command, Fault, Nonce, Verb, VerbWord};

/// How a session has asked for its lines to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mode {
    /// `CHAT ON`: a line that does not start with `/` is said to the current room.
    pub chat: bool,
    /// `TAGS ON`: a line may start with tags.
    pub tagged: bool,
}

/// Reads one line, without its end. `None` is a line with nothing in it, which is
/// ignored.
///
/// # Errors
/// A [`Fault`], for the one FAIL line that the hub makes of it.
pub fn command(line: &[u8], mode: Mode) -> Result<Option<Command<'_>>, Fault> {
    let line = str::from_utf8(line).map_err(|_| Fault::line(Code::NotUtf8))?;
    if mode.chat && !line.starts_with('/') {
        return chat_line(line);
    }
    let line = line.trim_start_matches(' ');
    if line.trim_start_matches(['\t', ' ']).is_empty() {
        return Ok(None);
    }
    match line.strip_prefix('@') {
        Some(line) => tagged_line(line, mode),
        None => {
            let (verb, input) = head(line)?;
            carry(verb, input, None)
        }
    }
    .map(Some)
}

/// `text`: in chat mode the whole line is said, and nothing in it is special.
fn chat_line(line: &str) -> Result<Option<Command<'_>>, Fault> {
    if line.trim_matches(['\t', ' ']).is_empty() {
        return Ok(None);
    }
    match checked_text(line) {
        Ok(text) => Ok(Some(Command::Msg { room: None, text, nonce: None })),
        // A blank that is not ASCII is a blank line too.
        Err(Code::TextMissing) => Ok(None),
        Err(code) => Err(Fault::new(Verb::Msg, code)),
    }
}

/// `"@" tags 1*SP command`, behind its `@`.
///
/// Without `TAGS ON` nobody has said that they know tags: a MSG or TELL is told its usage,
/// and everything else is somebody's text that began with an `@`.
fn tagged_line(line: &str, mode: Mode) -> Result<Command<'_>, Fault> {
    let (tags, line) = line.split_once(' ').unwrap_or((line, ""));
    let found = head(line.trim_start_matches(' '));
    if !mode.tagged {
        return Err(match found {
            Ok((verb @ (Verb::Msg | Verb::Tell), _)) => Fault::new(verb, Code::Params),
            _ => Fault::line(Code::UnknownCommand),
        });
    }
    if line.trim_start_matches(' ').is_empty() {
        return Err(Fault::line(Code::Params));
    }
    let (verb, input) = found?;
    let tags = Tags::parse(tags).ok_or(Fault::new(verb, Code::Params))?;
    let nonce = match tags.get("nonce") {
        None => None,
        Some(value) if matches!(verb, Verb::Msg | Verb::Tell) => {
            Some(value.parse::<Nonce>().map_err(|()| Fault::new(verb, Code::Params))?)
        }
        Some(_) => return Err(Fault::new(verb, Code::Params)),
    };
    carry(verb, input, nonce)
}

/// `["/"] verb`, and what is behind it.
fn head(line: &str) -> Result<(Verb, &str), Fault> {
    let parsed: Parsed<'_, &str> =
        preceded((spaces0, opt(char('/'))), take_till(|c| c == ' ')).parse(line);
    let (input, word) = parsed.map_err(|_| Fault::line(Code::UnknownCommand))?;
    match Verb::from_word(word) {
        Some(verb) => Ok((verb, input)),
        None => Err(Fault::new(VerbWord::unknown(word), Code::UnknownCommand)),
    }
}

/// The verb's parameters, and whose fault it is if they are wrong.
fn carry(verb: Verb, input: &str, nonce: Option<Nonce>) -> Result<Command<'_>, Fault> {
    parameters(verb, input, nonce).map_err(|code| Fault::new(verb, code))
}
