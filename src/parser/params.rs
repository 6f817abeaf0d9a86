//! The parameters of each verb: one function a verb, its grammar above it.
//!
//! A grammar line is the one that `HELP` shows ([`Verb::usage`]) and that
//! docs/PROTOCOL.md has; a test holds them together. The shape of the parameters is
//! judged before what is in them: two names are PARAMS, one that is no name is
//! NAME_INVALID. Called by `command` alone.

use nom::bytes::complete::take_till;
use nom::character::complete::char;
use nom::combinator::{map_opt, opt, peek, rest, verify};
use nom::sequence::{preceded, terminated};
use nom::{Err, Parser};

use super::order;
use super::search::search_words;
use super::words::{
    Parsed, Wrong, at_most_one, digits, end, exactly_one, harmless, param, spaces0, spaces1, tail,
    word, wrong,
};
use crate::limits::{TOKEN_BYTES, TOPIC_BYTES};
use crate::protocol::{
    Code, Command, HistoryTarget, MessageId, Name, NoSearch, Nonce, RoomName, Secret, Span, Text,
    Verb,
};

/// What is behind a verb, as the whole command.
pub(super) fn parameters(
    verb: Verb,
    input: &str,
    nonce: Option<Nonce>,
) -> Result<Command<'_>, Code> {
    let parsed = match verb {
        Verb::Name => name(input),
        Verb::Register => register(input),
        Verb::Login => login(input),
        Verb::Passwd => passwd(input),
        Verb::Recover => recover(input),
        Verb::Terms => terms(input),
        Verb::Accept => accept(input),
        Verb::Msg => msg(input, nonce),
        Verb::Tell => tell(input, nonce),
        Verb::Join => join(input),
        Verb::Part => part(input),
        Verb::List => list(input),
        Verb::Topic => topic(input),
        Verb::Names => names(input),
        Verb::Who => who(input),
        Verb::History => history(input),
        Verb::Search => search(input),
        Verb::Tags => tags(input),
        Verb::Chat => chat(input),
        Verb::Ping => ping(input),
        Verb::Pong => pong(input),
        Verb::Help => help(input),
        Verb::Quit => quit(input),
        Verb::Kick => order::kick(input),
        Verb::Ban => order::ban(input),
        Verb::Unban => order::unban(input),
        Verb::Bans => order::bans(input),
        Verb::Mute => order::mute(input),
        Verb::Unmute => order::unmute(input),
        Verb::Whois => order::whois(input),
        Verb::Notice => order::notice(input),
        Verb::Forget => order::forget(input),
        Verb::Stats => order::stats(input),
    };
    match parsed {
        Ok((_, command)) => Ok(command),
        Err(Err::Error(Wrong(code)) | Err::Failure(Wrong(code))) => Err(code),
        // Only streaming parsers ask for more; a line is all there is.
        Err(Err::Incomplete(_)) => Err(Code::Params),
    }
}

/// `NAME <name>`
fn name(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = exactly_one(input)?;
    Ok((input, Command::Name(checked_name(word)?)))
}

/// `REGISTER <name> [<password>]`
fn register(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, (name, password)) = name_and_password(input)?;
    Ok((input, Command::Register(name, password)))
}

/// `LOGIN <name> [<password>]`
fn login(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, (name, password)) = name_and_password(input)?;
    Ok((input, Command::Login(name, password)))
}

/// `<name> [<password>]`, where the password is the rest of the line.
fn name_and_password(input: &str) -> Parsed<'_, (Name, Option<Secret>)> {
    let (input, (word, password)) = (param, opt(tail)).parse(input)?;
    Ok((input, (checked_name(word)?, password.map(secret))))
}

/// `PASSWD [<old> <new>]`
///
/// The old password is a word as it stands, whatever it starts with: passwords may
/// start with a colon, and it is never the last parameter.
fn passwd(input: &str) -> Parsed<'_, Command<'_>> {
    if let Ok((input, ())) = end(input) {
        return Ok((input, Command::Passwd(None)));
    }
    let (input, (old, new)) = (preceded(spaces1, word), tail).parse(input)?;
    Ok((input, Command::Passwd(Some((secret(old), secret(new))))))
}

/// `RECOVER <name> <code> [<new password>]`
fn recover(input: &str) -> Parsed<'_, Command<'_>> {
    let code = verify(param, |code: &str| !code.is_empty());
    let (input, (word, code, new)) = (param, code, opt(tail)).parse(input)?;
    let name = checked_name(word)?;
    Ok((input, Command::Recover { name, code: secret(code), new: new.map(secret) }))
}

/// `TERMS`
fn terms(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, ()) = end(input)?;
    Ok((input, Command::Terms))
}

/// `ACCEPT <version>`
fn accept(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, version) = verify(exactly_one, |version: &str| !version.is_empty()).parse(input)?;
    Ok((input, Command::Accept(harmless(version)?)))
}

/// `MSG [#room] [:]<text>`
///
/// The text is the rest of the line, verbatim: what the colon keeps is a `#`, a colon
/// or spaces at its beginning.
fn msg(input: &str, nonce: Option<Nonce>) -> Parsed<'_, Command<'_>> {
    let (input, _) = spaces0(input)?;
    let room_word = (peek(char('#')), take_till(|c| c == ' '), spaces0);
    let (input, room_word) = opt(room_word).parse(input)?;
    let room = room_word.map(|(_, word, _)| checked_room(word)).transpose()?;
    let (input, text) = preceded(opt(char(':')), rest).parse(input)?;
    let text = checked_text(text).map_err(wrong)?;
    Ok((input, Command::Msg { room, text, nonce }))
}

/// `TELL <name> [:]<text>`
fn tell(input: &str, nonce: Option<Nonce>) -> Parsed<'_, Command<'_>> {
    let (input, name) = preceded(spaces1, word).parse(input)?;
    let to = checked_name(name)?;
    let (input, text) = preceded((spaces0, opt(char(':'))), rest).parse(input)?;
    let text = checked_text(text).map_err(wrong)?;
    Ok((input, Command::Tell { to, text, nonce }))
}

/// `JOIN #room`
fn join(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = verify(exactly_one, is_one_room).parse(input)?;
    Ok((input, Command::Join(checked_room(word)?)))
}

/// `PART [#room]`
fn part(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = at_most_one(input)?;
    if word.is_some_and(|word| !is_one_room(word)) {
        return Err(wrong(Code::Params));
    }
    Ok((input, Command::Part(word.map(checked_room).transpose()?)))
}

/// A word that is meant as one room: `#a,#b`, as IRC has it, is more.
fn is_one_room(word: &str) -> bool {
    word.starts_with('#') && !word.contains(',')
}

/// `LIST`
fn list(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, ()) = end(input)?;
    Ok((input, Command::List))
}

/// `TOPIC #room [:<text>]`
///
/// The colon may be left out, but a topic without it begins with its first word: spaces
/// alone are no text yet.
fn topic(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = verify(preceded(spaces1, word), is_one_room).parse(input)?;
    let room = checked_room(word)?;
    let (input, _) = spaces0(input)?;
    let text = if input.is_empty() { None } else { Some(checked_topic(input)?) };
    Ok(("", Command::Topic { room, text }))
}

/// A topic, with its colon or without; it may be blank.
fn checked_topic(input: &str) -> Result<Text<'_>, Err<Wrong>> {
    let raw = input.strip_prefix(':').unwrap_or(input);
    let text = Text::new(raw).map_err(|_| wrong(Code::BadCharacter))?;
    if text.as_str().len() > TOPIC_BYTES {
        return Err(wrong(Code::TooLong));
    }
    Ok(text)
}

/// `NAMES [#room]`
fn names(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = at_most_one(input)?;
    Ok((input, Command::Names(word.map(checked_room).transpose()?)))
}

/// `WHO [#room]`
fn who(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, word) = at_most_one(input)?;
    Ok((input, Command::Who(word.map(checked_room).transpose()?)))
}

/// `HISTORY [#room or name] [AFTER <id> or BEFORE <id>] [<count>]`
fn history(input: &str) -> Parsed<'_, Command<'_>> {
    let parts = (opt(history_target), opt(history_span), opt(history_count));
    let (input, (target, span, count)) = terminated(parts, end).parse(input)?;
    let target = target.unwrap_or(HistoryTarget::Current);
    Ok((input, Command::History { target, span: span.unwrap_or(Span::Latest), count }))
}

/// `#room` or `<name>`; a name starts with a letter, and is not `AFTER` or `BEFORE`.
fn history_target(input: &str) -> Parsed<'_, HistoryTarget> {
    let named = |word: &str| {
        word.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) && bound(word).is_none()
    };
    let (input, word) = verify(param, named).parse(input)?;
    let target = if word.starts_with('#') {
        HistoryTarget::Room(checked_room(word)?)
    } else {
        HistoryTarget::Person(checked_name(word)?)
    };
    Ok((input, target))
}

/// `AFTER <id>` or `BEFORE <id>`
fn history_span(input: &str) -> Parsed<'_, Span> {
    let id = map_opt(param, |word| digits(word)?.parse().ok().map(MessageId));
    let (input, (span, id)) = (map_opt(param, bound), id).parse(input)?;
    Ok((input, span(id)))
}

/// What a keyword makes of an id.
fn bound(word: &str) -> Option<fn(MessageId) -> Span> {
    match word {
        _ if word.eq_ignore_ascii_case("AFTER") => Some(Span::After),
        _ if word.eq_ignore_ascii_case("BEFORE") => Some(Span::Before),
        _ => None,
    }
}

/// `<count>`, not 0; one too large to count is as good as the largest.
fn history_count(input: &str) -> Parsed<'_, usize> {
    let count = |word| Some(digits(word)?.parse().unwrap_or(usize::MAX));
    verify(map_opt(param, count), |count| *count > 0).parse(input)
}

/// `SEARCH [#room] <words>`
///
/// A colon in front of the words keeps a `#` at their beginning.
fn search(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, _) = spaces0(input)?;
    let room_word = (peek(char('#')), take_till(|c| c == ' '), spaces0);
    let (input, room_word) = opt(room_word).parse(input)?;
    let room = room_word.map(|(_, word, _)| checked_room(word)).transpose()?;
    let (input, words) = preceded(opt(char(':')), rest).parse(input)?;
    let words = checked_text(words).map_err(wrong)?;
    let words = search_words(words.as_str()).map_err(|why| match why {
        NoSearch::Empty => wrong(Code::TextMissing),
        NoSearch::TooMany => wrong(Code::Params),
    })?;
    Ok((input, Command::Search { room, words }))
}

/// `TAGS ON or TAGS OFF`
fn tags(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, on) = on_or_off(input)?;
    Ok((input, Command::Tags(on)))
}

/// `CHAT ON or CHAT OFF`
fn chat(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, on) = on_or_off(input)?;
    Ok((input, Command::Chat(on)))
}

/// `ON` or `OFF`
fn on_or_off(input: &str) -> Parsed<'_, bool> {
    let on = |word: &str| match word {
        _ if word.eq_ignore_ascii_case("ON") => Some(true),
        _ if word.eq_ignore_ascii_case("OFF") => Some(false),
        _ => None,
    };
    map_opt(exactly_one, on).parse(input)
}

/// `PING [<token>]`
fn ping(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, token) = at_most_one(input)?;
    let token = token.filter(|token| !token.is_empty()).map(harmless).transpose()?;
    if token.is_some_and(|token| token.len() > TOKEN_BYTES) {
        return Err(wrong(Code::Params));
    }
    Ok((input, Command::Ping(token)))
}

/// `PONG <token>`
///
/// Anything goes: it says that somebody is there, and nothing else is asked of it.
fn pong(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, _) = rest(input)?;
    Ok((input, Command::Pong))
}

/// `HELP [<verb>]`
///
/// A `/` in front of the verb is ignored here as it is where the verb is used.
fn help(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, verb) = at_most_one(input)?;
    let verb = verb.map(|verb| verb.strip_prefix('/').unwrap_or(verb));
    let verb = verb.filter(|verb| !verb.is_empty()).map(harmless).transpose()?;
    Ok((input, Command::Help(verb)))
}

/// `QUIT [:<why>]`
///
/// The colon may be left out. The why is judged like a text, though nobody is told it.
fn quit(input: &str) -> Parsed<'_, Command<'_>> {
    let (input, why) = rest(input)?;
    Text::new(why).map_err(|_| wrong(Code::BadCharacter))?;
    Ok((input, Command::Quit))
}

/// A text that may be relayed, with something to read in it.
pub(super) fn checked_text(raw: &str) -> Result<Text<'_>, Code> {
    let text = Text::new(raw).map_err(|_| Code::BadCharacter)?;
    if text.is_blank() { Err(Code::TextMissing) } else { Ok(text) }
}

pub(super) fn checked_name(word: &str) -> Result<Name, Err<Wrong>> {
    word.parse().map_err(|_| wrong(Code::NameInvalid))
}

pub(super) fn checked_room(word: &str) -> Result<RoomName, Err<Wrong>> {
    word.parse().map_err(|_| wrong(Code::NoSuchRoom))
}

fn secret(word: &str) -> Secret {
    Secret::new(word.as_bytes())
}
