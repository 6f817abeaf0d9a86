//! A password or a recovery code: checked to fit a line, wiped when it is dropped.
//!
//! It never shows in a debug form and cannot be cloned. Whether it is the right one
//! is the server's to say.

use std::fmt;

use taifas::limits::{LINE_BYTES, PASSWORD_CHARS_MIN};
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest password that fits a line, in bytes. (It leaves room for a name, a
/// recovery code and whatever a later version puts beside them.)
pub const PASSWORD_BYTES: usize = LINE_BYTES / 4;

/// A password or recovery code that can be sent.
pub struct Password(Zeroizing<Box<str>>);

/// Why a text cannot be sent as a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadPassword {
    /// Nothing was typed: to the server that would be a no.
    #[error("type a password")]
    Empty,
    /// It does not fit a line.
    #[error("the password is too long")]
    TooLong,
    /// It holds the end of a line or another control character.
    #[error("a password cannot hold line breaks or control characters")]
    Character,
}

impl Password {
    /// Takes a copy; the caller wipes its own.
    ///
    /// # Errors
    /// [`BadPassword`] if it cannot be sent in one line.
    pub fn new(typed: &str) -> Result<Password, BadPassword> {
        if typed.is_empty() {
            return Err(BadPassword::Empty);
        }
        if typed.len() > PASSWORD_BYTES {
            return Err(BadPassword::TooLong);
        }
        if typed.chars().any(char::is_control) {
            return Err(BadPassword::Character);
        }
        Ok(Password(Zeroizing::new(typed.into())))
    }

    /// The password itself, to be sent or, for a recovery code, shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is long enough for a new one; the server refuses shorter ones.
    pub fn is_long_enough(&self) -> bool {
        self.0.chars().count() >= PASSWORD_CHARS_MIN
    }

    /// Another copy, for a login that has to be repeated.
    pub(crate) fn copy(&self) -> Password {
        Password(self.0.clone())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_a_line() {
        for good in ["x", " spaces at both ends ", "parolă de ană", &"x".repeat(PASSWORD_BYTES)] {
            assert_eq!(Password::new(good).unwrap().expose(), good);
        }
        assert_eq!(Password::new("").unwrap_err(), BadPassword::Empty);
        assert_eq!(Password::new("a\nb").unwrap_err(), BadPassword::Character);
        assert_eq!(Password::new("a\0b").unwrap_err(), BadPassword::Character);
        let long = "x".repeat(PASSWORD_BYTES + 1);
        assert_eq!(Password::new(&long).unwrap_err(), BadPassword::TooLong);
    }

    #[test]
    fn its_debug_form_tells_nothing() {
        assert_eq!(format!("{:?}", Password::new("secret").unwrap()), "Password");
    }
}
