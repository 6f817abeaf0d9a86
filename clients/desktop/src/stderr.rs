//! Words for whoever has started the program from a terminal, where a window cannot
//! show them, or not yet.
//!
//! Never fails and never panics, as `eprintln!` does where nothing can be written: the
//! disk may be full, and the terminal gone. Everything in this crate that has something
//! to say there says it here.

use std::fmt::Display;
use std::io::{self, Write};

/// Says this, if it can be said.
pub fn say(what: impl Display) {
    // There is nowhere to complain about that.
    let _ = writeln!(io::stderr().lock(), "taifas-desktop: {what}");
}
