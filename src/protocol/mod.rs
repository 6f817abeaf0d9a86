//! The protocol's values: names, texts, ids, commands, and how the server's lines
//! are written. std only; no I/O, no clock, no nom.
//!
//! Everything above this layer speaks in these types: [`parser`](crate::parser)
//! makes them out of bytes, [`hub`](crate::hub) decides with them, the store and
//! the auth thread are asked and answer in them.

mod account;
mod code;
mod command;
pub mod line;
mod mask;
mod message;
mod name;
mod penalty;
mod query;
mod room;
mod search_words;
mod secret;
mod text;
mod time;
mod verb;

pub use account::{
    Account, AccountAnswer, AccountId, AccountRequest, HashAnswer, HashRequest, Phc,
};
pub use code::Code;
pub use command::{Command, Fault, HistoryTarget};
pub use mask::{InvalidMask, Mask, Network};
pub use message::{
    Message, MessageId, Nonce, Recipient, StoreFailed, Stored, Target, Ticket, Told,
};
pub use name::{InvalidName, Name, RoomName};
pub use penalty::{InWords, InvalidReason, Penalty, PenaltyKind, Reason, Term, Until};
pub use query::{Page, Query, Span};
pub use room::{RoomRecord, RoomRequest, Topic};
pub use search_words::{NoSearch, SearchWord, SearchWords};
pub use secret::Secret;
pub use text::{BadCharacter, Text, is_relayable};
pub use time::{Now, Timestamp};
pub use verb::{Verb, VerbWord};
