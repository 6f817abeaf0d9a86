//! Memory that many outboxes read from at a time: what a room was told, once.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

/// Bytes of one chunk. A reader that stalls holds on to whole chunks, so they are
/// small beside the soft bound; a turn's relay fills one.
const CHUNK_BYTES: usize = 32 * 1024;

/// A run of bytes that only grows, up to [`CHUNK_BYTES`].
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: RefCell<Vec<u8>>,
}

/// Part of a chunk. Invariant: `start <= end <= chunk.len()`.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) chunk: Rc<Chunk>,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Chunk {
    pub(super) fn new() -> Rc<Chunk> {
        Rc::new(Chunk { bytes: RefCell::new(Vec::with_capacity(CHUNK_BYTES)) })
    }

    /// Takes as many of the bytes as there is room for; says how many, and where they
    /// stand.
    pub(super) fn append(&self, bytes: &[u8]) -> (usize, u32, u32) {
        let mut own = self.bytes.borrow_mut();
        let taken = bytes.len().min(CHUNK_BYTES - own.len());
        let start = own.len();
        own.extend_from_slice(&bytes[..taken]);
        (taken, start as u32, own.len() as u32)
    }

    /// Empties a chunk that nobody reads from any more.
    pub(super) fn reuse(self: &mut Rc<Chunk>) -> bool {
        match Rc::get_mut(self) {
            Some(chunk) => {
                chunk.bytes.get_mut().clear();
                true
            }
            None => false,
        }
    }

    pub(super) fn bytes(&self) -> Ref<'_, Vec<u8>> {
        self.bytes.borrow()
    }
}

impl Slice {
    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether `next` begins where this one ends; then this one is made to reach over
    /// it.
    pub(super) fn extend(&mut self, next: &Slice) -> bool {
        let follows = self.end == next.start && Rc::ptr_eq(&self.chunk, &next.chunk);
        if follows {
            self.end = next.end;
        }
        follows
    }
}
