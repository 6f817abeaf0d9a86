//! Made-up messages and a seeded generator, for the unit tests of this folder.

use taifas_client::{Message, MessageId, Timestamp};

/// A message of this id, said so many minutes after some noon.
pub(super) fn message(id: u64, name: &str, minutes: u64, text: &str) -> Message {
    let at = Timestamp::from_ms(1_795_435_200_000 + minutes * 60_000);
    let name = name.parse().expect("a name");
    Message { id: MessageId::new(id), at, name, text: text.into() }
}

/// Marsaglia's xorshift64*: the same numbers for the same seed.
pub(super) struct Random(u64);

impl Random {
    /// Starts with this seed, which is not 0.
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one; 0 where there is none.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % bound.max(1)
    }
}
