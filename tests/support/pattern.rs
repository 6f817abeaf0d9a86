//! A line that is expected, with holes for what varies: `<id>`, `<time>`, `<code>`,
//! `<secs>`, `<token>`. A hole with a name, `<id:first>`, keeps what it was filled with:
//! further on it stands for just that, also in what is typed.

use std::collections::BTreeMap;

use super::text::{escape, unescape};
use taifas::protocol::Timestamp;

/// What the named holes were filled with, by `kind:name`.
pub type Bindings = BTreeMap<String, Vec<u8>>;

/// What a hole takes: how many bytes at the front of a line, 0 for none.
type Takes = fn(&[u8]) -> usize;

/// Every kind of hole.
const KINDS: [(&str, Takes); 5] = [
    ("id", digits),
    ("time", time),
    ("code", code),
    ("secs", digits),
    ("token", |bytes| bytes.iter().take_while(|byte| **byte != b' ').count()),
];

/// A line with holes.
#[derive(Debug, Clone)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    /// These bytes.
    Literal(Vec<u8>),
    /// A hole: its kind's place in [`KINDS`], and `kind:name` if it has a name.
    Hole(usize, Option<String>),
}

/// Whether a hole begins here.
pub fn is_hole(text: &str) -> bool {
    hole(text).is_some()
}

/// The hole at the front of a text: kind, `kind:name`, and how long it is.
fn hole(text: &str) -> Option<(usize, Option<String>, usize)> {
    let inside = text.strip_prefix('<')?.split_once('>')?.0;
    let kind = inside.split(':').next()?;
    let place = KINDS.iter().position(|(name, _)| *name == kind)?;
    let named = inside.contains(':').then(|| inside.to_owned());
    Some((place, named, inside.len() + 2))
}

impl Pattern {
    /// Reads a line of a transcript.
    pub fn new(place: &str, text: &str) -> Pattern {
        let mut pieces = Vec::new();
        let (mut from, mut at) = (0, 0);
        while let Some(c) = text[at..].chars().next() {
            if c == '\\' {
                // The escaped character is no hole's beginning.
                at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
            } else if let Some((kind, name, len)) = hole(&text[at..]) {
                pieces.push(Piece::Literal(unescape(place, &text[from..at])));
                pieces.push(Piece::Hole(kind, name));
                at += len;
                from = at;
            } else {
                at += c.len_utf8();
            }
        }
        pieces.push(Piece::Literal(unescape(place, &text[from..])));
        Pattern { pieces }
    }

    /// Whether the line is the one that is expected; fills named holes if so.
    pub fn matches(&self, line: &[u8], bindings: &mut Bindings) -> bool {
        let mut rest = line;
        let mut filled = bindings.clone();
        for piece in &self.pieces {
            let taken = match piece {
                Piece::Literal(bytes) if rest.starts_with(bytes) => bytes.len(),
                Piece::Literal(_) => return false,
                Piece::Hole(kind, name) => {
                    let len = KINDS[*kind].1(rest);
                    if len == 0 {
                        return false;
                    }
                    if let Some(name) = name {
                        let value = filled.entry(name.clone()).or_insert(rest[..len].to_vec());
                        if *value != rest[..len] {
                            return false;
                        }
                    }
                    len
                }
            };
            rest = &rest[taken..];
        }
        if rest.is_empty() {
            *bindings = filled;
        }
        rest.is_empty()
    }

    /// What is typed: the holes stand for what they were filled with. One without a
    /// name, or with nothing in it, is typed as it stands.
    pub fn fill(&self, bindings: &Bindings) -> Vec<u8> {
        let mut out = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(bytes) => out.extend_from_slice(bytes),
                Piece::Hole(_, Some(name)) if bindings.contains_key(name) => {
                    out.extend_from_slice(&bindings[name]);
                }
                Piece::Hole(kind, name) => {
                    let inside = name.as_deref().unwrap_or(KINDS[*kind].0);
                    out.extend_from_slice(format!("<{inside}>").as_bytes());
                }
            }
        }
        out
    }

    /// Whether what is typed depends on what came.
    pub fn has_name(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Hole(_, Some(_))))
    }
}

/// A line that came, as a transcript expects it: holes where it would be another
/// the next time.
pub fn generalise(line: &[u8], bindings: &Bindings) -> String {
    let (mut out, mut from, mut at) = (String::new(), 0, 0);
    while at < line.len() {
        match varying(&line[..at], &line[at..]) {
            Some((kind, len)) => {
                out.push_str(&escape(&line[from..at]));
                let value = &line[at..at + len];
                let bound = bindings
                    .iter()
                    .find(|(name, held)| name.starts_with(&format!("{kind}:")) && *held == value);
                let inside = bound.map_or(kind, |(name, _)| name.as_str());
                out.push_str(&format!("<{inside}>"));
                at += len;
                from = at;
            }
            None => at += 1,
        }
    }
    out.push_str(&escape(&line[from..]));
    out
}

/// Whether what follows is something that varies: which hole it needs, and how long
/// it is.
fn varying(before: &[u8], bytes: &[u8]) -> Option<(&'static str, usize)> {
    if time(bytes) > 0 {
        return Some(("time", time(bytes)));
    }
    if code(bytes) > 0 && !before.last().is_some_and(u8::is_ascii_alphanumeric) {
        return Some(("code", code(bytes)));
    }
    let number = digits(bytes);
    if number == 0 || before.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let words: Vec<&[u8]> = before.split(|byte| *byte == b' ').collect();
    let is_id = before == b"@msgid="
        || before == b"OK MSG "
        || before == b"OK TELL "
        || before == b"GAP "
        || matches!(words.as_slice(), [_, b"HIST", _, b""])
        || matches!(words.as_slice(), [b"OK", b"HISTORY", _, b""]);
    if is_id {
        Some(("id", number))
    } else if before == b"PING " {
        Some(("token", number))
    } else if before.ends_with(b" in ") && bytes[number..].starts_with(b" second") {
        Some(("secs", number))
    } else {
        None
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn time(bytes: &[u8]) -> usize {
    let text = bytes.get(..24).and_then(|head| std::str::from_utf8(head).ok());
    text.and_then(Timestamp::parse).map_or(0, |_| 24)
}

fn code(bytes: &[u8]) -> usize {
    let fits = bytes.get(..23).is_some_and(|head| {
        head.iter().enumerate().all(|(at, byte)| match at % 6 {
            5 => *byte == b'-',
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        })
    });
    if fits { 23 } else { 0 }
}
