//! The fingerprint of a server's certificate: what two people compare, and what a
//! client remembers.
//!
//! SHA-256 over the whole certificate as it is sent, as `openssl x509 -fingerprint
//! -sha256` and `taifas fingerprint` show it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A certificate's fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; LEN]);

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a fingerprint is 32 bytes in hexadecimal, with or without colons between them")]
pub struct BadFingerprint;

const LEN: usize = 32;

impl Fingerprint {
    /// These bytes.
    pub const fn new(bytes: [u8; LEN]) -> Fingerprint {
        Fingerprint(bytes)
    }

    /// Of this certificate, as it is sent.
    pub(crate) fn of(certificate: &[u8]) -> Fingerprint {
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
        let bytes = digest.as_ref().try_into().expect("SHA-256 has 32 bytes");
        Fingerprint(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; LEN] {
        &self.0
    }
}

/// With or without colons, in any case, and with `SHA256:` in front as the server shows
/// it.
impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Fingerprint, BadFingerprint> {
        let text = text.trim();
        let digits = match text.split_at_checked("SHA256:".len()) {
            Some((head, digits)) if head.eq_ignore_ascii_case("SHA256:") => digits,
            _ => text,
        };
        let digits: Vec<u8> = digits
            .chars()
            .filter(|c| *c != ':')
            .map(|c| c.to_digit(16).map(|digit| digit as u8))
            .collect::<Option<_>>()
            .ok_or(BadFingerprint)?;
        let (pairs, rest) = digits.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        match (<[u8; LEN]>::try_from(bytes), rest) {
            (Ok(bytes), []) => Ok(Fingerprint(bytes)),
            _ => Err(BadFingerprint),
        }
    }
}

/// `AB:CD:…`
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let colon = if at > 0 { ":" } else { "" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_digest_that_others_show() {
        let abc = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:\
                   B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
        assert_eq!(Fingerprint::of(b"abc").to_string(), abc);
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        let print = Fingerprint::new(std::array::from_fn(|at| at as u8 * 8 + 7));
        let text = print.to_string();
        assert!(text.starts_with("07:0F:17:") && text.ends_with(":FF"), "{text}");
        let bare = text.replace(':', "").to_lowercase();
        let shown = format!(" SHA256:{text}\n");
        for form in [&text, &bare, &shown] {
            assert_eq!(form.parse(), Ok(print), "{form}");
        }
        for wrong in ["", "07:0F", &text[1..], &format!("{text}:00"), &text.replace('F', "G"), "ă"]
        {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(BadFingerprint), "{wrong}");
        }
    }
}
