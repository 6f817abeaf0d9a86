//! IRCv3 message tags: `@key=value;key SP` in front of a line, in both directions.
//!
//! Only their syntax; what a key means is its reader's business. Values are not
//! unescaped: none that this protocol has can hold a character that needs it.

use nom::Parser;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{eof, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::{preceded, terminated};

use super::words::{Parsed, Wrong};

/// The tags of a line, known to be well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tags<'a>(&'a str);

impl<'a> Tags<'a> {
    /// `tags = tag *( ";" tag )`, without the `@` before and the space behind.
    pub(super) fn parse(input: &'a str) -> Option<Tags<'a>> {
        let more = many0_count(preceded(char(';'), tag));
        let parsed: Result<_, nom::Err<Wrong>> =
            terminated(recognize((tag, more)), eof).parse(input);
        parsed.ok().map(|(_, tags)| Tags(tags))
    }

    /// The value of a key, empty if it has none; of a repeated key the last, as IRCv3
    /// has it.
    pub(super) fn get(self, key: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(';').map(|tag| tag.split_once('=').unwrap_or((tag, "")));
        pairs.rfind(|(k, _)| *k == key).map(|(_, value)| value)
    }
}

/// `tag = ["+"] key ["=" value]`
fn tag(input: &str) -> Parsed<'_, &str> {
    recognize((opt(char('+')), key, opt((char('='), value)))).parse(input)
}

/// `key = 1*( letter / digit / "-" / "." / "/" )`: with IRCv3's `vendor/`, whose
/// vendor is a host name.
fn key(input: &str) -> Parsed<'_, &str> {
    take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/')).parse(input)
}

/// `value = *<any but NUL, CR, LF, ";" and SP>`
fn value(input: &str) -> Parsed<'_, &str> {
    take_while(|c| !matches!(c, '\0' | '\r' | '\n' | ';' | ' ')).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_keys() {
        let tags = Tags::parse("a=1;b;+c=2;v.example/d=3=4;e=;a=5").unwrap();
        for (key, value) in [
            ("a", Some("5")),
            ("b", Some("")),
            ("+c", Some("2")),
            ("c", None),
            ("v.example/d", Some("3=4")),
            ("e", Some("")),
            ("f", None),
        ] {
            assert_eq!(tags.get(key), value, "{key}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for bad in ["", ";", "a;", ";a", "a;;b", "=1", "a b", "a_b", "++a", "a=\r", "ă=1"] {
            assert_eq!(Tags::parse(bad), None, "{bad:?}");
        }
    }
}
