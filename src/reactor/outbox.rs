//! What one connection is still to be sent: slices of shared chunks and bytes of its
//! own, in order. It holds no memory while it is empty.

use std::cell::Ref;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};

use zeroize::Zeroizing;

use super::chunk::Slice;

/// Pieces handed to one vectored write.
const PIECES_PER_WRITE: usize = 16;

/// What is still to be sent. Invariant: `len` is the sum of the pieces' lengths, no
/// piece is empty, `rest` is `None` rather than empty, and `first` is `None` only if
/// `rest` is.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    first: Option<Piece>,
    /// Boxed: a thousand idle connections have none.
    rest: Option<Box<Rest>>,
    len: usize,
}

/// All pieces but the first.
#[derive(Debug, Default)]
struct Rest {
    pieces: VecDeque<Piece>,
}

#[derive(Debug)]
enum Piece {
    Shared(Slice),
    /// Answers to this connection alone; wiped when sent, one may be a recovery code.
    Own {
        bytes: Zeroizing<Vec<u8>>,
        sent: usize,
    },
}

/// How a write went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// Everything is sent.
    All,
    /// The socket takes no more for now. It has just taken something, or has refused
    /// for the first time since it last did: either way a stall begins here.
    Part,
    /// Nothing can be sent before the peer has done its part of a handshake.
    Waiting,
}

impl Outbox {
    /// Unsent bytes.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether everything is sent.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Queues part of a shared chunk.
    pub(super) fn push_shared(&mut self, slice: &Slice) {
        if slice.len() == 0 {
            return;
        }
        self.len += slice.len();
        if let Some(Piece::Shared(last)) = self.last()
            && last.extend(slice)
        {
            return;
        }
        self.push(Piece::Shared(slice.clone()));
    }

    /// Queues bytes for this connection alone.
    pub(super) fn push_own(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.len += bytes.len();
        if let Some(Piece::Own { bytes: own, .. }) = self.last() {
            own.extend_from_slice(bytes);
            return;
        }
        self.push(Piece::Own { bytes: Zeroizing::new(bytes.to_vec()), sent: 0 });
    }

    /// Writes until everything is sent or the socket takes no more.
    ///
    /// # Errors
    /// The socket's, when the peer is gone.
    pub(super) fn write(&mut self, socket: &mut impl Write) -> io::Result<Written> {
        while self.len > 0 {
            match self.write_once(socket) {
                Ok((_, 0)) => return Err(ErrorKind::WriteZero.into()),
                Ok((asked, sent)) => {
                    self.advance(sent);
                    if sent < asked {
                        // A short write is as good as a refusal, and a call cheaper.
                        return Ok(Written::Part);
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    return Ok(Written::Part);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(Written::All)
    }

    /// Makes one call: how many bytes the socket was asked to take, which are not always
    /// all there are, and how many it took.
    fn write_once(&self, socket: &mut impl Write) -> io::Result<(usize, usize)> {
        if self.rest.is_none() {
            // One piece is the rule, and a plain write is cheaper than a vectored one.
            let sent = match &self.first {
                Some(Piece::Shared(slice)) => {
                    socket.write(&slice.chunk.bytes()[slice.start as usize..slice.end as usize])
                }
                Some(Piece::Own { bytes, sent }) => socket.write(&bytes[*sent..]),
                None => Ok(0),
            };
            return Ok((self.len, sent?));
        }
        let mut chunks: [Option<Ref<'_, Vec<u8>>>; PIECES_PER_WRITE] =
            [const { None }; PIECES_PER_WRITE];
        let pieces = self.first.iter().chain(self.rest.iter().flat_map(|rest| &rest.pieces));
        for (chunk, piece) in chunks.iter_mut().zip(pieces.clone()) {
            if let Piece::Shared(slice) = piece {
                *chunk = Some(slice.chunk.bytes());
            }
        }
        let mut parts = [IoSlice::new(&[]); PIECES_PER_WRITE];
        let mut count = 0;
        for ((part, chunk), piece) in parts.iter_mut().zip(&chunks).zip(pieces) {
            *part = IoSlice::new(match (piece, chunk) {
                (Piece::Shared(slice), Some(bytes)) => {
                    &bytes[slice.start as usize..slice.end as usize]
                }
                (Piece::Own { bytes, sent }, _) => &bytes[*sent..],
                (Piece::Shared(_), None) => unreachable!("borrowed in the loop above"),
            });
            count += 1;
        }
        let parts = &parts[..count];
        let asked = parts.iter().map(|part| part.len()).sum();
        Ok((asked, socket.write_vectored(parts)?))
    }

    /// Forgets what was sent.
    fn advance(&mut self, mut sent: usize) {
        self.len -= sent;
        while let Some(first) = &mut self.first {
            let left = match first {
                Piece::Shared(slice) => slice.len(),
                Piece::Own { bytes, sent } => bytes.len() - *sent,
            };
            if sent < left {
                match first {
                    Piece::Shared(slice) => slice.start += sent as u32,
                    Piece::Own { sent: already, .. } => *already += sent,
                }
                return;
            }
            sent -= left;
            self.first = self.rest.as_mut().and_then(|rest| rest.pieces.pop_front());
            if self.rest.as_ref().is_some_and(|rest| rest.pieces.is_empty()) {
                self.rest = None;
            }
        }
    }

    fn last(&mut self) -> Option<&mut Piece> {
        match &mut self.rest {
            Some(rest) => rest.pieces.back_mut(),
            None => self.first.as_mut(),
        }
    }

    fn push(&mut self, piece: Piece) {
        if self.first.is_none() {
            self.first = Some(piece);
        } else {
            self.rest.get_or_insert_default().pieces.push_back(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::Chunk;
    use super::*;

    /// Takes `quota` bytes a call, then refuses once.
    struct Slow {
        got: Vec<u8>,
        quota: usize,
        refuse: bool,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.write_vectored(&[IoSlice::new(bytes)])
        }

        fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            self.refuse = !self.refuse;
            if self.refuse {
                return Err(ErrorKind::WouldBlock.into());
            }
            let all: Vec<u8> = parts.iter().flat_map(|p| p.iter().copied()).collect();
            let taken = all.len().min(self.quota);
            self.got.extend_from_slice(&all[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_quota_gets_every_byte_in_order() {
        for quota in 1..60 {
            let (mut outbox, chunk) = (Outbox::default(), Chunk::new());
            let mut want = Vec::new();
            for i in 0..20u8 {
                let text = format!("<{i} shared>");
                let (_, start, end) = chunk.append(text.as_bytes());
                outbox.push_shared(&Slice { chunk: chunk.clone(), start, end });
                want.extend_from_slice(text.as_bytes());
                if i % 3 == 0 {
                    outbox.push_own(b"own");
                    outbox.push_own(b"more");
                    want.extend_from_slice(b"ownmore");
                }
            }
            assert_eq!(outbox.len(), want.len());
            let mut socket = Slow { got: Vec::new(), quota, refuse: false };
            let mut rounds = 0;
            while outbox.write(&mut socket).unwrap() != Written::All {
                rounds += 1;
                assert!(rounds < 10_000, "no progress");
            }
            assert_eq!(socket.got, want, "quota {quota}");
            assert!(outbox.is_empty() && outbox.first.is_none() && outbox.rest.is_none());
        }
    }

    /// Takes whatever it is given, and never refuses.
    struct Ready(usize);

    impl Write for Ready {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
            let taken = parts.iter().map(|part| part.len()).sum();
            self.0 += taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A socket that has taken all it was given will not say that it can take more.
    #[test]
    fn more_pieces_than_one_call_takes_are_all_written() {
        for pairs in 1..3 * PIECES_PER_WRITE {
            let (mut outbox, chunk, mut socket) = (Outbox::default(), Chunk::new(), Ready(0));
            for _ in 0..pairs {
                let (_, start, end) = chunk.append(b"shared");
                outbox.push_own(b"own");
                outbox.push_shared(&Slice { chunk: chunk.clone(), start, end });
            }
            assert_eq!(outbox.write(&mut socket).unwrap(), Written::All, "{pairs}");
            assert_eq!(socket.0, 9 * pairs);
        }
    }

    #[test]
    fn a_thousand_lines_of_one_room_are_one_piece() {
        let (mut outbox, chunk) = (Outbox::default(), Chunk::new());
        for _ in 0..1000 {
            let (_, start, end) = chunk.append(b":ana MSG #lobby :x\r\n");
            outbox.push_shared(&Slice { chunk: chunk.clone(), start, end });
        }
        assert!(outbox.rest.is_none());
        assert_eq!(outbox.len(), 20_000);
    }
}
