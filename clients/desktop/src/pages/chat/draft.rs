//! What is being written, as messages: one a line. Which bytes are left, what a paste
//! becomes, and why something cannot be sent, in plain words.
//!
//! Pure. The message box asks; the client library has the last word.

use taifas_client::{BadText, TEXT_BYTES, check_text, is_relayable};

/// From so many bytes before the bound the counter is shown.
pub const COUNTED_BYTES: usize = 200;

/// More messages than this at once are sent only when asked twice.
pub const UNASKED_LINES: usize = 10;

/// Most that is being written at a time, in bytes: all of it is set anew with each key,
/// and a file that was pasted by mistake must not stop the screen.
pub const DRAFT_BYTES: usize = 32 * 1024;

/// Why a paste that goes beyond that is not put in.
pub const TOO_MUCH: &str =
    "That is too much to paste at once, so nothing was put in. Paste it in parts.";

/// How the longest line stands to the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Far from it.
    Enough,
    /// So many bytes are left.
    Left(usize),
    /// It is so many bytes too long.
    Over(usize),
}

/// The messages of a draft: its lines, without those in which there is nothing.
pub fn lines(draft: &str) -> Vec<&str> {
    draft.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect()
}

/// How much room the longest line has left.
pub fn room(draft: &str) -> Room {
    let longest = lines(draft).iter().map(|line| line.len()).max().unwrap_or(0);
    match TEXT_BYTES.checked_sub(longest) {
        None => Room::Over(longest - TEXT_BYTES),
        Some(left) if left <= COUNTED_BYTES => Room::Left(left),
        Some(_) => Room::Enough,
    }
}

/// Why these messages cannot be sent, if one of them cannot.
pub fn trouble(lines: &[&str]) -> Option<String> {
    let bad = |(number, line): (usize, &&str)| check_text(line).err().map(|why| (number, why));
    let (number, why) = (1..).zip(lines).find_map(bad)?;
    let what = plain(why);
    Some(if lines.len() == 1 { what.into() } else { format!("Line {number}: {what}") })
}

/// Why a text is not taken, and what to do.
pub fn plain(why: BadText) -> &'static str {
    match why {
        BadText::Blank => "There is nothing to send.",
        BadText::Character => {
            "There is a character in it that cannot be sent. Take it out, or type the text anew."
        }
        BadText::TooLong => {
            "This is too long for one message. Shorten it, or break it in two with Shift+Enter."
        }
        BadText::TooMany => "Too much is waiting to be sent. Try again when some of it is stored.",
        BadText::NotThere => "You are not in that room any more.",
        BadText::Over => "The connection is closed. Go back to the menu and log in again.",
    }
}

/// A pasted text without what cannot be sent: line ends of every kind become one, tabs
/// spaces, and control and direction characters go.
pub fn cleaned(pasted: &str) -> String {
    let pasted = pasted.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let pasted = pasted.replace('\t', " ");
    pasted.chars().filter(|c| *c == '\n' || is_relayable(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_a_line() {
        assert_eq!(lines(""), Vec::<&str>::new());
        assert_eq!(lines(" \n\n\u{a0}\n"), Vec::<&str>::new());
        assert_eq!(lines("one"), ["one"]);
        assert_eq!(lines("one  \n\n  two\n"), ["one", "  two"]);
    }

    #[test]
    fn the_room_that_is_left() {
        let of = |bytes: usize| room(&"x".repeat(bytes));
        assert_eq!(of(TEXT_BYTES - 201), Room::Enough);
        assert_eq!(of(TEXT_BYTES - 200), Room::Left(200));
        assert_eq!(of(TEXT_BYTES), Room::Left(0));
        assert_eq!(of(TEXT_BYTES + 1), Room::Over(1));
        let half = "x".repeat(TEXT_BYTES / 2 + 200);
        assert_eq!(room(&format!("{half}\n{half}")), Room::Enough, "each line by itself");
        let wide = "ț".repeat(TEXT_BYTES / 2);
        assert_eq!(room(&wide), Room::Left(TEXT_BYTES % 2), "bytes, not letters");
    }

    #[test]
    fn the_line_that_cannot_be_sent_is_named() {
        let long = "x".repeat(TEXT_BYTES + 1);
        assert_eq!(trouble(&["a", "b"]), None);
        assert_eq!(trouble(&[&"x".repeat(TEXT_BYTES)]), None);
        assert_eq!(trouble(&[&long]).as_deref(), Some(plain(BadText::TooLong)));
        let said = trouble(&["a", &long]).expect("the second is too long");
        assert!(said.starts_with("Line 2: This is too long"), "{said}");
        let said = trouble(&["a\u{202e}b"]).expect("turns the direction");
        assert!(said.contains("character"), "{said}");
    }

    /// Whatever is pasted: what is left can be sent, and nothing that could be is gone.
    #[test]
    fn a_cleaned_paste_can_be_sent() {
        assert_eq!(cleaned("a\r\nb\rc\nd\u{2028}e"), "a\nb\nc\nd\ne");
        assert_eq!(cleaned("\u{1b}[31mred\u{7}\t\u{202e}x\u{0}"), "[31mred x");
        let mut seed = 7667_u64;
        let mut random = move || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed >> 16
        };
        for _ in 0..2000 {
            let len = random() % 40;
            let text: String = (0..len)
                .filter_map(|_| {
                    char::from_u32((random() % [0x30, 0x3000][random() as usize % 2]) as u32)
                })
                .collect();
            let clean = cleaned(&text);
            for line in lines(&clean) {
                assert_eq!(check_text(line), Ok(()), "{text:?}");
            }
            assert_eq!(cleaned(&clean), clean, "{text:?}");
            let kept = |text: &str| -> String {
                text.chars().filter(|c| is_relayable(*c) && *c != ' ').collect()
            };
            assert_eq!(kept(&text), kept(&clean), "{text:?}");
        }
    }
}
