//! What people say, once it is known to be safe in a bare terminal.

use std::borrow::Cow;
use std::fmt;

/// A text that may be relayed: any UTF-8 without controls, line separators or
/// direction overrides, not blank, its TABs turned into spaces.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

/// The text holds a character that could harm somebody's terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadCharacter;

impl<'a> Text<'a> {
    /// Checks a text. A TAB becomes a space; nothing else is changed, nothing is
    /// stripped silently.
    ///
    /// # Errors
    /// [`BadCharacter`] if one of the characters may not be relayed.
    pub fn new(raw: &'a str) -> Result<Text<'a>, BadCharacter> {
        // Most lines are plain ASCII: one pass over the bytes settles those.
        // (A fold, because it vectorises and an early exit does not.)
        if raw.bytes().fold(true, |plain, b| plain & (0x20..0x7f).contains(&b)) {
            return Ok(Text(Cow::Borrowed(raw)));
        }
        if !raw.chars().all(|c| c == '\t' || is_relayable(c)) {
            return Err(BadCharacter);
        }
        if raw.contains('\t') {
            return Ok(Text(Cow::Owned(raw.replace('\t', " "))));
        }
        Ok(Text(Cow::Borrowed(raw)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to read in it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// A text never shows in a log by accident: its debug form is its length.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

/// Whether a character may stand in a relayed line: no C0 or C1 control, no DEL, no
/// U+2028/2029, no bidirectional embedding, override or isolate (UAX #9; the
/// "Trojan Source" characters, CVE-2021-42574).
pub fn is_relayable(c: char) -> bool {
    !matches!(c,
        '\u{00}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{2028}' | '\u{2029}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forbidden_range_at_both_ends_and_just_outside() {
        for (first, last) in [
            (0x00u32, 0x08u32),
            (0x0a, 0x1f),
            (0x7f, 0x9f),
            (0x2028, 0x2029),
            (0x202a, 0x202e),
            (0x2066, 0x2069),
        ] {
            for code in first..=last {
                let text = format!("a{}b", char::from_u32(code).unwrap());
                assert_eq!(Text::new(&text), Err(BadCharacter), "U+{code:04X}");
            }
        }
        for code in [0x20u32, 0x7e, 0xa0, 0x2027, 0x202f, 0x2065, 0x206a, 0x1f600] {
            let text = format!("a{}b", char::from_u32(code).unwrap());
            assert_eq!(Text::new(&text).unwrap().as_str(), text, "U+{code:04X}");
        }
    }

    #[test]
    fn a_tab_becomes_a_space() {
        assert_eq!(Text::new("a\tb").unwrap().as_str(), "a b");
        assert_eq!(Text::new("ă\tb").unwrap().as_str(), "ă b");
    }

    #[test]
    fn its_debug_form_tells_nothing() {
        assert_eq!(format!("{:?}", Text::new("secret").unwrap()), "Text(6 bytes)");
    }
}
