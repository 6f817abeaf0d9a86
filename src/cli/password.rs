//! Asking for a new password: twice and unseen on a terminal, otherwise the first
//! line of the input.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use taifas::limits::{LINE_BYTES, PASSWORD_CHARS_MIN};
use taifas::protocol::{Name, Secret};
use thiserror::Error;
use zeroize::Zeroizing;

/// Longest password, in bytes: what fits on a line of the protocol with its CR LF.
const PASSWORD_BYTES_MAX: usize = LINE_BYTES - 2;

/// Why there is no new password.
#[derive(Debug, Error)]
pub enum NoPassword {
    /// It could be guessed too easily.
    #[error("the password is too short: it needs at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// Nobody could log in with it.
    #[error("the password is too long: it has room for {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// Nobody could log in with it.
    #[error("the password is not UTF-8, which everything said to the server must be")]
    NotUtf8,
    /// A mistyped password is known to nobody.
    #[error("the two passwords are not the same; nothing was changed")]
    Different,
    /// Nothing came.
    #[error("no password was given; type one, or give it as the first line of the input")]
    Missing,
    /// The terminal or the input failed.
    #[error("the password cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Asks for a new password for this account.
pub fn ask(name: &Name) -> Result<Secret, NoPassword> {
    if !io::stdin().is_terminal() {
        return first_line(io::stdin().lock());
    }
    let first = check(typed(&format!("New password for {name}: "))?.as_bytes())?;
    let again = typed("Again: ")?;
    if first.expose() == again.as_bytes() { Ok(first) } else { Err(NoPassword::Different) }
}

/// Asks whether to go on. Anything but `yes` is no.
pub fn confirm(question: &str) -> io::Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    let mut screen = io::stderr();
    write!(screen, "{question} Type yes to go on: ")?;
    screen.flush()?;
    let mut answer = String::new();
    io::stdin().lock().take(LINE_BYTES as u64).read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, NoPassword> {
    match rpassword::prompt_password(prompt) {
        Ok(password) => Ok(Zeroizing::new(password)),
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Err(NoPassword::Missing),
        Err(why) => Err(why.into()),
    }
}

/// The first line, without its end. The buffer has its full size from the start:
/// growing would leave copies behind that nobody wipes.
fn first_line(input: impl BufRead) -> Result<Secret, NoPassword> {
    let room = PASSWORD_BYTES_MAX + 3;
    let mut line = Zeroizing::new(Vec::with_capacity(room));
    input.take(room as u64).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(NoPassword::Missing);
    }
    let password = line.strip_suffix(b"\n").unwrap_or(&line);
    check(password.strip_suffix(b"\r").unwrap_or(password))
}

fn check(password: &[u8]) -> Result<Secret, NoPassword> {
    if std::str::from_utf8(password).is_err() {
        return Err(NoPassword::NotUtf8);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(NoPassword::TooLong);
    }
    let password = Secret::new(password);
    if password.chars() < PASSWORD_CHARS_MIN { Err(NoPassword::TooShort) } else { Ok(password) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_whatever_ends_it() {
        for input in ["long enough", "long enough\n", "long enough\r\n", "long enough\nmore\n"] {
            assert_eq!(first_line(input.as_bytes()).unwrap().expose(), b"long enough");
        }
        assert!(matches!(first_line(&b""[..]), Err(NoPassword::Missing)));
        assert!(matches!(first_line(&b"\n"[..]), Err(NoPassword::TooShort)));
        assert!(matches!(first_line(&b"\xffxxxxxxx\n"[..]), Err(NoPassword::NotUtf8)));
    }

    #[test]
    fn both_bounds_at_one_less_exactly_and_one_more() {
        for (chars, ok) in [(7, false), (8, true), (9, true)] {
            // Characters, not bytes.
            assert_eq!(first_line("ș".repeat(chars).as_bytes()).is_ok(), ok, "{chars}");
        }
        for (len, ok) in [(4093, true), (4094, true), (4095, false), (1 << 20, false)] {
            for end in ["", "\n", "\r\n"] {
                let input = format!("{}{end}", "x".repeat(len));
                let read = first_line(input.as_bytes());
                assert_eq!(read.is_ok(), ok, "{len} {end:?}");
                assert!(ok || matches!(read, Err(NoPassword::TooLong)));
            }
        }
    }
}
