//! Telnet, byte by byte: what a telnet program puts into the stream besides the text.
//!
//! [`Telnet`] takes it out again, on every plain listener, whoever is at the other
//! end. [`Terminal`] is the telnet listener's: it also answers, turns the echo off and
//! on, and [`edited`] makes of what was typed what was meant. Nothing here knows a
//! command or writes to a socket: the bytes of every answer go to the caller, the
//! reactor.

mod edit;
mod stream;
mod terminal;

pub use edit::edited;
pub use stream::{Asked, Telnet, WONT_TIMING_MARK};
pub use terminal::{Taken, Terminal};
