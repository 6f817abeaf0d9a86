//! Bytes into values, with nom: framing, the commands of clients, the lines of the
//! server for those who read them, and what is no client of ours at all.
//!
//! Nothing here keeps a byte: framing says how much of the caller's buffer it has
//! used, everything else borrows from the line. No I/O, no clock, no decision. The
//! reactor calls [`Framer`], [`sniff`] and [`command`]; clients call [`Framer`] and
//! [`server_line`].

mod command;
mod frame;
mod order;
mod params;
mod search;
mod server;
mod sniff;
mod tags;
mod words;

pub use command::{Mode, command};
pub use frame::{Frame, Framer};
pub use server::{NotALine, ServerLine, Words, server_line};
pub use sniff::{Foreign, Sniff, sniff};
