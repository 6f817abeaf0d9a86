//! The working memory of argon2id: taken at the first hash, kept for the next.
//!
//! Used by the hasher alone. Never takes memory that was not asked for: a server
//! where nobody logs in is some 19 MiB smaller.

use argon2::Block;
use zeroize::Zeroize;

/// Blocks of 1 KiB. Empty until the first hash.
#[derive(Default)]
pub(super) struct Memory {
    /// What has been taken; every block beyond the last hash's is zero.
    blocks: Vec<Block>,
}

/// The machine has no memory to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfMemory;

impl Memory {
    /// At least `count` blocks, with whatever is in them: argon2 writes each before
    /// it reads it.
    pub(super) fn take(&mut self, count: usize) -> Result<&mut [Block], OutOfMemory> {
        let missing = count.saturating_sub(self.blocks.len());
        // A failed allocation answers one login; `vec!` would end the server.
        self.blocks.try_reserve_exact(missing).map_err(|_| OutOfMemory)?;
        self.blocks.resize(self.blocks.len() + missing, Block::new());
        Ok(&mut self.blocks[..count])
    }

    /// Wipes everything, and gives back what is beyond `keep` blocks.
    ///
    /// Whoever reads these blocks can try a guess of the password for the price of
    /// one block instead of the whole hash. Wiping takes about a thirtieth of the
    /// time of a hash, so the hasher's owner does it when the queue has run empty,
    /// not after each.
    pub(super) fn rest(&mut self, keep: usize) {
        self.blocks.iter_mut().for_each(Block::zeroize);
        self.blocks.truncate(keep);
        self.blocks.shrink_to(keep);
    }

    /// Blocks held at the moment.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.blocks.len()
    }

    /// Whether every block held is zero.
    #[cfg(test)]
    pub(super) fn is_wiped(&self) -> bool {
        self.blocks.iter().all(|block| block.as_ref().iter().all(|&word| word == 0))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.blocks.iter_mut().for_each(Block::zeroize);
    }
}
