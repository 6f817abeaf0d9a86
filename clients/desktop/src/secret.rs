//! A password while it is typed: a buffer that a text field edits without ever seeing
//! what is in it, unless it is shown.
//!
//! egui's field keeps copies of its text (for undoing, for screen readers, for the
//! layout), so a hidden secret gives it bullets alone. The text itself stands in one
//! buffer that never moves and never grows, and is wiped when it is emptied and when it
//! is dropped; what is deleted is wiped at once.
//!
//! What cannot be wiped from here: the keys and pasted texts in the window system's and
//! egui's queues of events, and, while somebody has it shown, egui's copies and layouts.

use std::any::TypeId;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use eframe::egui::TextBuffer;
use eframe::egui::text::{CCursor, CharIndex};
use taifas_client::{BadPassword, PASSWORD_BYTES, Password};
use zeroize::{Zeroize, Zeroizing};

/// A secret that is being typed, at most [`PASSWORD_BYTES`] long; what is typed or
/// pasted behind that, and control characters, are left out.
pub struct Secret {
    /// Invariant: the first `len` bytes are whole characters, the others are 0.
    bytes: Zeroizing<Box<[u8]>>,
    len: usize,
    is_shown: bool,
}

/// What the field shows instead, as long as the longest secret.
static BULLETS: LazyLock<String> = LazyLock::new(|| BULLET.to_string().repeat(PASSWORD_BYTES));

const BULLET: char = '•';

impl Default for Secret {
    fn default() -> Secret {
        let bytes = Zeroizing::new(vec![0; PASSWORD_BYTES].into_boxed_slice());
        Secret { bytes, len: 0, is_shown: false }
    }
}

impl Secret {
    /// Nothing typed yet, hidden.
    pub fn new() -> Secret {
        Secret::default()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it is the same as another one.
    pub fn is(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }

    /// Wipes it, and hides what will be typed next.
    pub fn empty(&mut self) {
        self.bytes.zeroize();
        self.len = 0;
        self.is_shown = false;
    }

    /// Whether it is shown as it is.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Shows it as it is, or bullets.
    pub fn show(&mut self, is_shown: bool) {
        self.is_shown = is_shown;
    }

    /// A copy to be sent.
    ///
    /// # Errors
    /// [`BadPassword::Empty`]; nothing else gets into the buffer.
    pub fn password(&self) -> Result<Password, BadPassword> {
        Password::new(self.expose())
    }

    fn expose(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).expect("whole characters alone are put in")
    }

    /// Where this character begins; the end if there are not so many.
    fn place(&self, index: CharIndex) -> usize {
        self.expose().char_indices().nth(index.0).map_or(self.len, |(at, _)| at)
    }
}

impl TextBuffer for Secret {
    fn is_mutable(&self) -> bool {
        true
    }

    fn as_str(&self) -> &str {
        if self.is_shown {
            return self.expose();
        }
        let chars = self.expose().chars().count();
        &BULLETS[..chars * BULLET.len_utf8()]
    }

    fn insert_text(&mut self, text: &str, index: CharIndex) -> usize {
        let from = self.place(index);
        let mut at = from;
        let mut chars = 0;
        for char in text.chars().filter(|char| !char.is_control()) {
            let size = char.len_utf8();
            if self.len + size > self.bytes.len() {
                break;
            }
            self.bytes.copy_within(at..self.len, at + size);
            char.encode_utf8(&mut self.bytes[at..at + size]);
            at += size;
            self.len += size;
            chars += 1;
        }
        chars
    }

    fn delete_char_range(&mut self, range: Range<CharIndex>) {
        let (from, to) = (self.place(range.start), self.place(range.end));
        if from >= to {
            return;
        }
        self.bytes.copy_within(to..self.len, from);
        let len = self.len - (to - from);
        self.bytes[len..self.len].zeroize();
        self.len = len;
    }

    /// Undo and redo would put bullets in place of the secret: they do nothing.
    fn replace_with(&mut self, _text: &str) {}

    /// Gives nobody a copy.
    fn take(&mut self) -> String {
        self.empty();
        String::new()
    }

    // To whom it is hidden, it is one word.
    fn delete_previous_word(&mut self, cursor: CCursor) -> CCursor {
        self.delete_selected_ccursor_range([CCursor::new(0), cursor])
    }

    fn delete_next_word(&mut self, cursor: CCursor) -> CCursor {
        self.delete_selected_ccursor_range([cursor, CCursor::new(PASSWORD_BYTES)])
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<Secret>()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Secret {
        let mut secret = Secret::new();
        secret.insert_text(text, CharIndex(0));
        secret
    }

    fn delete(secret: &mut Secret, from: usize, to: usize) {
        secret.delete_char_range(CharIndex(from)..CharIndex(to));
    }

    /// What the memory holds, all of it.
    fn memory(secret: &Secret) -> String {
        String::from_utf8_lossy(&secret.bytes).trim_end_matches('\0').into()
    }

    #[test]
    fn it_is_edited_anywhere() {
        let mut secret = typed("parolă");
        assert_eq!(secret.insert_text("😀ț", CharIndex(2)), 2);
        assert_eq!(secret.expose(), "pa😀țrolă");
        delete(&mut secret, 2, 4);
        assert_eq!(secret.expose(), "parolă");
        delete(&mut secret, 5, 6);
        assert_eq!(memory(&secret), "parol");
        secret.insert_text("!", CharIndex(99));
        assert_eq!(secret.expose(), "parol!", "past the end is the end");
        delete(&mut secret, 3, 99);
        assert_eq!(memory(&secret), "par");
        delete(&mut secret, 3, 3);
        delete(&mut secret, 7, 9);
        assert_eq!(secret.expose(), "par");
    }

    #[test]
    fn a_field_sees_bullets_unless_it_is_shown() {
        let mut secret = typed("ană😀");
        assert_eq!(secret.as_str(), "••••");
        assert_eq!(secret.char_range(CharIndex(1)..CharIndex(3)), "••", "what a copy would be");
        secret.show(true);
        assert_eq!(secret.as_str(), "ană😀");
        secret.show(false);
        secret.insert_text("x", CharIndex(4));
        assert_eq!((secret.as_str(), secret.expose()), ("•••••", "ană😀x"));
    }

    #[test]
    fn control_characters_stay_outside() {
        let mut secret = Secret::new();
        assert_eq!(secret.insert_text("a\r\nb\0\tc\u{1b}\u{85}", CharIndex(0)), 3);
        assert_eq!(secret.expose(), "abc");
    }

    #[test]
    fn it_is_full_at_its_end_and_never_moves() {
        let mut secret = Secret::new();
        let place = secret.bytes.as_ptr();
        let full = "x".repeat(PASSWORD_BYTES - 1);
        assert_eq!(secret.insert_text(&full, CharIndex(0)), PASSWORD_BYTES - 1);
        assert_eq!(secret.insert_text("ăx", CharIndex(3)), 0, "no half characters");
        assert_eq!(secret.insert_text("yz", CharIndex(3)), 1);
        assert_eq!(secret.as_str().chars().count(), PASSWORD_BYTES);
        assert!(secret.password().is_ok());
        assert_eq!(secret.bytes.as_ptr(), place);
    }

    #[test]
    fn undo_does_nothing() {
        let mut secret = typed("correct horse");
        secret.replace_with("••••");
        assert_eq!(secret.expose(), "correct horse");
    }

    #[test]
    fn hidden_it_is_one_word() {
        let mut secret = typed("correct horse");
        assert_eq!(secret.delete_previous_word(CCursor::new(3)).index, CharIndex(0));
        assert_eq!(secret.expose(), "rect horse");
        assert_eq!(secret.delete_next_word(CCursor::new(4)).index, CharIndex(4));
        assert_eq!(memory(&secret), "rect");
    }

    #[test]
    fn emptied_it_is_wiped() {
        let mut secret = typed("correct horse");
        secret.show(true);
        secret.empty();
        assert!(secret.is_empty() && !secret.is_shown());
        assert!(secret.bytes.iter().all(|byte| *byte == 0));
        assert_eq!(secret.password().unwrap_err(), BadPassword::Empty);
        let mut secret = typed("correct horse");
        assert_eq!(secret.take(), "");
        assert!(secret.is_empty());
    }

    #[test]
    fn it_is_compared_and_its_debug_form_tells_nothing() {
        assert!(typed("horse").is(&typed("horse")));
        assert!(!typed("horse").is(&typed("horses")));
        assert_eq!(format!("{:?}", typed("horse")), "Secret");
    }
}
