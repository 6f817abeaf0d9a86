//! Editing a line that was typed key by key: what is left of it in the end.
//!
//! A telnet program that does not echo does not edit either: it sends Backspace like
//! any other key. The whole line is looked at once, when it is there, so that between
//! two reads nothing is kept but the bytes. The reactor calls it for the lines of the
//! telnet listener.

/// Backspace, as some keyboards send it, …
const BACKSPACE: u8 = 0x08;
/// … and as others do.
pub(super) const DELETE: u8 = 0x7f;
/// ^U: all of it was wrong.
pub(super) const KILL: u8 = 0x15;
/// ^C: the same, and nothing comes instead.
pub(super) const INTERRUPT: u8 = 0x03;

/// What is left of a line, without its end, when its keys have had their effect;
/// `None` if all of it is. The caller wipes it if it is a secret.
pub fn edited(line: &[u8]) -> Option<Vec<u8>> {
    let first = line.iter().position(|byte| is_key(*byte))?;
    // As long as it will get: growing would leave a copy of a secret behind.
    let mut left = Vec::with_capacity(line.len());
    left.extend_from_slice(&line[..first]);
    for &byte in &line[first..] {
        match byte {
            BACKSPACE | DELETE => erase_character(&mut left),
            KILL | INTERRUPT => erase(&mut left, 0),
            _ => left.push(byte),
        }
    }
    Some(left)
}

fn is_key(byte: u8) -> bool {
    matches!(byte, BACKSPACE | DELETE | KILL | INTERRUPT)
}

/// Erases one character of UTF-8, or one byte that is part of none.
fn erase_character(line: &mut Vec<u8>) {
    let is_first = |byte: &u8| *byte & 0b1100_0000 != 0b1000_0000;
    let longest = line.len().saturating_sub(4);
    let at = line[longest..].iter().rposition(is_first).map_or(line.len(), |at| longest + at);
    let whole = std::str::from_utf8(&line[at..]).is_ok() && at < line.len();
    let keep = if whole { at } else { line.len().saturating_sub(1) };
    erase(line, keep);
}

fn erase(line: &mut Vec<u8>, keep: usize) {
    line[keep..].fill(0);
    line.truncate(keep);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_effect() {
        for (typed, left) in [
            ("secrett\u{8}", "secret"),
            ("secrex\u{7f}t", "secret"),
            ("x\u{8}\u{8}\u{8}\u{7f}ok", "ok"),
            ("wrong\u{15}right", "right"),
            ("wrong\u{3}", ""),
            ("\u{15}\u{15}", ""),
            // One key, one character: of two, three and four bytes, and combined ones.
            ("caș\u{8}să", "casă"),
            ("漢字\u{7f}", "漢"),
            ("a🦀\u{8}b", "ab"),
            ("🦀🦀\u{8}\u{8}", ""),
            ("e\u{301}\u{8}", "e"),
        ] {
            assert_eq!(edited(typed.as_bytes()), Some(left.into()), "{typed:?}");
        }
    }

    #[test]
    fn a_line_without_keys_is_left_where_it_lies() {
        for line in ["", "secret", "tab\t, bell \u{7}, ș 🦀", "a\rb"] {
            assert_eq!(edited(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(edited(b"\xff\xc8"), None);
    }

    #[test]
    fn what_is_no_utf_8_is_erased_byte_by_byte() {
        for (typed, left) in [
            (&b"a\xff\x08"[..], &b"a"[..]),
            (b"a\xf0\x9f\xa6\x08", b"a\xf0\x9f"),
            (b"\x80\x80\x80\x80\x80\x80\x08", b"\x80\x80\x80\x80\x80"),
            (b"\xc8\x99\x99\x08", b"\xc8\x99"),
            (b"\xc8\x08\x99", b"\x99"),
        ] {
            assert_eq!(edited(typed), Some(left.to_vec()), "{typed:?}");
        }
    }
}
