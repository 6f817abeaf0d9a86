//! A password or recovery code, wiped when it is dropped.

use std::fmt;

/// Bytes that must not outlive their use. No `Display`, no `Clone`; the debug form
/// shows nothing; dropping it overwrites the memory.
///
/// The core builds with nom alone, so this is the one value that wipes itself
/// instead of using the zeroize crate, which everything above does.
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Takes a copy of the bytes; the caller wipes its own.
    pub fn new(bytes: &[u8]) -> Secret {
        Secret(bytes.into())
    }

    /// The secret itself, for hashing and for the one line that shows a code.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Its length in characters, or in bytes where it is not UTF-8.
    pub fn chars(&self) -> usize {
        std::str::from_utf8(&self.0).map_or(self.0.len(), |s| s.chars().count())
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        for byte in self.0.iter_mut() {
            // SAFETY: `byte` is a valid, aligned, exclusive reference. The write is
            // volatile because a plain one before a free may be optimised away.
            #[allow(unsafe_code)]
            unsafe {
                std::ptr::write_volatile(byte, 0);
            }
        }
        std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// In tests of who says what, equality is asked for; it is not constant-time and
/// therefore not for checking passwords.
#[cfg(test)]
impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.0 == other.0
    }
}
