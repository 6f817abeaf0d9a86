//! Telnet, byte by byte: what a telnet program puts into the stream besides the text.
//!
//! [`Telnet`] takes it out again, on every plain listener, whoever is at the other
//! end. It knows no line and no command and writes nothing: what wants an answer is
//! handed to its caller, the reactor, together with the bytes of that answer.
//! Turning the echo off and on, editing a line while it is off, and refusing options
//! are the telnet listener's business, each a file of its own beside this one.

mod stream;

pub use stream::{Asked, Telnet, WONT_TIMING_MARK};
