//! The parameters of the operators' verbs, in the manner of `params`, which alone
//! calls this: one function a verb, its grammar above it.
//!
//! A duration is the word behind whom it is about, if that begins with a digit, or with
//! a sign and a digit. What begins so and is no duration is PARAMS, not a reason: `BAN
//! ion 2hours` and `BAN ion -1h` must not shut somebody out for good. A reason that
//! begins so has a colon.

use nom::Parser;
use nom::character::complete::char;
use nom::combinator::{map_opt, opt, rest, verify};
use nom::sequence::preceded;

use super::params::{checked_name, checked_room, checked_text};
use super::words::{Parsed, digits, end, exactly_one, param, spaces0, spaces1, word, wrong};
use crate::protocol::{Code, Command, InvalidReason, Mask, MessageId, PenaltyKind, Reason, Term};

/// `KICK [#room] <name> [[:]<reason>]`
pub(super) fn kick(input: &str) -> Parsed<'_, Command<'_>> {
    let room_word = verify(param, |word: &str| word.starts_with('#'));
    let (input, (room, name)) = (opt(room_word), param).parse(input)?;
    let room = room.map(checked_room).transpose()?;
    let name = checked_name(name)?;
    let (input, reason) = reason(input)?;
    Ok((input, Command::Kick { room, name, reason }))
}

/// `BAN <name or address or network/prefix> [<duration>] [[:]<reason>]`
pub(super) fn ban(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, mask) = mask(input)?;
    let (input, (term, reason)) = (opt(term), reason).parse(input)?;
    Ok((input, Command::Penalise { kind: PenaltyKind::Ban, mask, term, reason }))
}

/// `UNBAN <name or address or network/prefix>`
pub(super) fn unban(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, (mask, ())) = (mask, end).parse(input)?;
    Ok((input, Command::Pardon(PenaltyKind::Ban, mask)))
}

/// `BANS`
pub(super) fn bans(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, ()) = end(input)?;
    Ok((input, Command::Bans))
}

/// `MUTE <name> [<duration>] [[:]<reason>]`
pub(super) fn mute(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, name) = param(input)?;
    let mask = Mask::Name(checked_name(name)?);
    let (input, (term, reason)) = (opt(term), reason).parse(input)?;
    Ok((input, Command::Penalise { kind: PenaltyKind::Mute, mask, term, reason }))
}

/// `UNMUTE <name>`
pub(super) fn unmute(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, name) = exactly_one(input)?;
    Ok((input, Command::Pardon(PenaltyKind::Mute, Mask::Name(checked_name(name)?))))
}

/// `WHOIS <name>`
pub(super) fn whois(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, name) = exactly_one(input)?;
    Ok((input, Command::Whois(checked_name(name)?)))
}

/// `NOTICE [:]<text>`
pub(super) fn notice(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, text) = preceded((spaces0, opt(char(':'))), rest).parse(input)?;
    Ok((input, Command::Notice(checked_text(text).map_err(wrong)?)))
}

/// `FORGET <id>`
pub(super) fn forget(input: &str) -> Parsed<'_, Command<'_>> {
    let id = |word| digits(word)?.parse().ok().map(MessageId);
    let (input, id) = map_opt(exactly_one, id).parse(input)?;
    Ok((input, Command::Forget(id)))
}

/// `STATS`
pub(super) fn stats(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, ()) = end(input)?;
    Ok((input, Command::Stats))
}

/// `<name or address or network/prefix>`, a word as it stands: an IPv6 address may
/// begin with colons. One colon that does not belong to it is ignored all the same.
fn mask(input: &str) -> Parsed<'_, Mask> {
    let read = |word: &str| {
        let bare = || word.strip_prefix(':').and_then(|word| word.parse().ok());
        word.parse().ok().or_else(bare)
    };
    map_opt(preceded(spaces1, word), read).parse(input)
}

/// `<duration>`: a word that begins with a digit, or with a sign and one; the latter is
/// never right.
fn term(input: &str) -> Parsed<'_, Term> {
    let begins = |word: &str| {
        let word = word.strip_prefix(['-', '+']).unwrap_or(word);
        word.starts_with(|c: char| c.is_ascii_digit())
    };
    let (input, word) = verify(preceded(spaces1, word), begins).parse(input)?;
    match Term::parse(word) {
        Some(term) => Ok((input, term)),
        None => Err(wrong(Code::Params)),
    }
}

/// `[[:]<reason>]`: the rest of the line, which may be nothing.
fn reason(input: &str) -> Parsed<'_, Reason<'_>> {
    let (input, raw) = preceded((spaces0, opt(char(':'))), rest).parse(input)?;
    match Reason::new(raw) {
        Ok(reason) => Ok((input, reason)),
        Err(InvalidReason::TooLong) => Err(wrong(Code::Params)),
        Err(InvalidReason::BadCharacter) => Err(wrong(Code::BadCharacter)),
    }
}
