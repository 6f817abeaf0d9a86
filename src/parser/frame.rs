//! Framing: where a line ends in a stream of bytes.
//!
//! A line ends in LF, CR LF or CR NUL (telnet's Return). The [`Framer`] holds no byte
//! of it: it looks at the caller's buffer, says how much of it is used up, and
//! remembers how far it has searched, so that no byte is searched twice however a
//! line trickles in. It never looks at what a line says. The reactor and the client's
//! receiving thread call it.

use nom::FindSubstring;

use crate::limits::LINE_BYTES;

/// Where one connection's framing stands. Small, `Copy`, no heap.
///
/// Invariant between two calls: `scanned <= lf_free <= bytes.len()` of the rest that
/// the caller has kept; `search` re-establishes it even for a caller that
/// has kept less.
#[derive(Debug, Clone, Copy)]
pub struct Framer {
    /// What the next byte belongs to.
    state: State,
    /// Longest line, its end included. (Half a `usize`: there are thousands of these.)
    line_bytes: u32,
    /// So many bytes at the front of the rest hold no LF.
    lf_free: usize,
    /// So many bytes at the front of the rest hold no CR NUL, nor its first half.
    scanned: usize,
}

/// What the framer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line, without its end. A CR inside it is still there.
    Line(&'a [u8]),
    /// A line past the bound, said once, as soon as it is certain. What is left of it
    /// is discarded up to its end.
    TooLong,
    /// No whole line yet: keep what is not used up, and call again with more behind.
    Partial,
}

/// ```text
///            no BOM, or skipped             past the bound, no end in sight
///   Start ──────────────────────▶ Line ◀──────────────────────────▶ Discarding
///                                                  its end
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has been seen: a byte order mark may come.
    Start,
    /// At the first byte of a line.
    Line,
    /// Inside a line that was too long. `after_cr`: its last byte was a CR, so that a
    /// NUL would end it.
    Discarding { after_cr: bool },
}

const LF: &[u8] = b"\n";
const CR_NUL: &[u8] = b"\r\0";

/// What some Windows tools begin with: U+FEFF in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Framer {
    /// A framer for lines of at most `line_bytes`, the end included: for clients,
    /// because a server's line is longer than the one it relays.
    pub fn bounded(line_bytes: usize) -> Framer {
        let line_bytes = u32::try_from(line_bytes).unwrap_or(u32::MAX);
        Framer { state: State::Start, line_bytes, lf_free: 0, scanned: 0 }
    }

    /// Looks at `bytes`; returns what it found and how many bytes that used up. The
    /// next call must be given the rest, with or without more behind it.
    ///
    /// Whoever may not want the line yet, and will ask for it again, calls
    /// [`Framer::skip`] first: the framer remembers no line's beginning.
    #[inline]
    pub fn next<'a>(&mut self, bytes: &'a [u8]) -> (Frame<'a>, usize) {
        let skipped = self.skip(bytes);
        if self.state != State::Line {
            return (Frame::Partial, skipped);
        }
        let (frame, used) = self.line(&bytes[skipped..]);
        (frame, skipped + used)
    }

    /// How many bytes at the front belong to no line: a byte order mark, what is left
    /// of a line that was too long. They are used up, and are not to be given again.
    #[inline]
    pub fn skip(&mut self, bytes: &[u8]) -> usize {
        match self.state {
            State::Line => 0,
            State::Start => self.skip_bom(bytes).unwrap_or(0),
            State::Discarding { after_cr } => {
                self.skip_line(bytes, after_cr).unwrap_or(bytes.len())
            }
        }
    }

    /// The line at the front of `bytes`.
    #[inline]
    fn line<'a>(&mut self, bytes: &'a [u8]) -> (Frame<'a>, usize) {
        let line_bytes = self.line_bytes as usize;
        match self.search(bytes) {
            Some((_, used)) if used > line_bytes => (Frame::TooLong, used),
            Some((content, used)) => (Frame::Line(&bytes[..content]), used),
            // Whatever comes now, the end is at least one byte more.
            None if bytes.len() >= line_bytes => {
                self.discard(bytes);
                (Frame::TooLong, bytes.len())
            }
            None => (Frame::Partial, 0),
        }
    }

    /// How long the content of the line at the front is, and how long it is with its
    /// end; `None` if its end is not there yet.
    ///
    /// The LF is searched first and alone: nearly every line has one, and the search
    /// for CR NUL then stops at it. `lf_free` outlives a line that ended in CR NUL, or
    /// a stream of those would be searched to its end for an LF with each line.
    #[inline]
    fn search(&mut self, bytes: &[u8]) -> Option<(usize, usize)> {
        let from = self.lf_free.min(bytes.len());
        self.lf_free =
            (&bytes[from..]).find_substring(LF).map_or(bytes.len(), |position| from + position);

        let from = self.scanned.min(self.lf_free);
        if let Some(position) = (&bytes[from..self.lf_free]).find_substring(CR_NUL) {
            let content = from + position;
            let used = content + CR_NUL.len();
            self.lf_free -= used;
            self.scanned = 0;
            return Some((content, used));
        }
        if self.lf_free < bytes.len() {
            let content = &bytes[..self.lf_free];
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            let used = self.lf_free + LF.len();
            (self.lf_free, self.scanned) = (0, 0);
            return Some((content.len(), used));
        }
        self.scanned = bytes.len() - usize::from(bytes.ends_with(b"\r"));
        None
    }

    /// How many bytes of a byte order mark to skip; `None` while it may still become
    /// one.
    #[cold]
    fn skip_bom(&mut self, bytes: &[u8]) -> Option<usize> {
        if bytes.len() < BOM.len() && BOM.starts_with(bytes) {
            return None;
        }
        self.state = State::Line;
        Some(if bytes.starts_with(BOM) { BOM.len() } else { 0 })
    }

    /// How many bytes are left of a line that was too long; `None` if all of these
    /// are and more may come.
    #[cold]
    fn skip_line(&mut self, bytes: &[u8], after_cr: bool) -> Option<usize> {
        let used = match bytes.first() {
            None => return None,
            Some(0) if after_cr => Some(1),
            Some(_) => self.search(bytes).map(|(_, used)| used),
        };
        match used {
            Some(_) => self.state = State::Line,
            None => self.discard(bytes),
        }
        used
    }

    /// Gives up `bytes` as part of a line that is too long; nothing of them is kept.
    fn discard(&mut self, bytes: &[u8]) {
        self.state = State::Discarding { after_cr: bytes.ends_with(b"\r") };
        (self.lf_free, self.scanned) = (0, 0);
    }
}

impl Default for Framer {
    /// A framer for the lines of clients.
    fn default() -> Framer {
        Framer::bounded(LINE_BYTES)
    }
}
