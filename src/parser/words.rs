//! What every verb's parameters are made of: spaces, words, a trailing parameter, the
//! rest of a line.
//!
//! The combinators know no verb. They fail with a [`Wrong`], which carries the code
//! of the FAIL line: a parser that backtracks says PARAMS, one that has found a
//! parameter with something wrong inside says what, and does not backtrack.

use nom::branch::alt;
use nom::bytes::complete::{is_not, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{eof, opt, rest, value, verify};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{preceded, terminated};
use nom::{Err, IResult, Parser};

use crate::protocol::{Code, is_relayable};

/// What a parser of parameters returns.
pub(super) type Parsed<'a, T> = IResult<&'a str, T, Wrong>;

/// What is wrong with a line's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) Code);

impl<I> ParseError<I> for Wrong {
    fn from_error_kind(_: I, _: ErrorKind) -> Wrong {
        Wrong(Code::Params)
    }

    fn append(_: I, _: ErrorKind, other: Wrong) -> Wrong {
        other
    }
}

/// The parameter is there, and wrong: no other reading of the line is tried.
pub(super) fn wrong(code: Code) -> Err<Wrong> {
    Err::Failure(Wrong(code))
}

/// `*SP`
pub(super) fn spaces0(input: &str) -> Parsed<'_, &str> {
    take_while(|c| c == ' ').parse(input)
}

/// `1*SP`
pub(super) fn spaces1(input: &str) -> Parsed<'_, &str> {
    take_while1(|c| c == ' ').parse(input)
}

/// `word = 1*<any but SP>`
pub(super) fn word(input: &str) -> Parsed<'_, &str> {
    is_not(" ").parse(input)
}

/// `param = 1*SP ( ":" <rest of the line> / word )`
pub(super) fn param(input: &str) -> Parsed<'_, &str> {
    preceded(spaces1, alt((preceded(char(':'), rest), word))).parse(input)
}

/// `end = *SP <end of the line>`
pub(super) fn end(input: &str) -> Parsed<'_, ()> {
    value((), (spaces0, eof)).parse(input)
}

/// `[param] end`
pub(super) fn at_most_one(input: &str) -> Parsed<'_, Option<&str>> {
    terminated(opt(param), end).parse(input)
}

/// `param end`
pub(super) fn exactly_one(input: &str) -> Parsed<'_, &str> {
    terminated(param, end).parse(input)
}

/// `tail = 1*SP [":"] <rest of the line>`: verbatim, spaces at its end included; an
/// empty one is none.
pub(super) fn tail(input: &str) -> Parsed<'_, &str> {
    preceded((spaces1, opt(char(':'))), verify(rest, |tail: &str| !tail.is_empty())).parse(input)
}

/// A parameter that the server says again must not harm a terminal.
pub(super) fn harmless(param: &str) -> Result<&str, Err<Wrong>> {
    if param.chars().all(is_relayable) { Ok(param) } else { Err(wrong(Code::BadCharacter)) }
}

/// The word, if it is a decimal number. `str::parse` alone would take a `+`.
pub(super) fn digits(word: &str) -> Option<&str> {
    (!word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())).then_some(word)
}
