//! The driver of the transcript tests: a dialogue that a person could type, played
//! against the bare hub and against the real binary.
//!
//! [`Script`] reads a transcript, [`play`] walks through it on any [`Backend`],
//! [`Pattern`] compares a line that came with the line that stands there. The format
//! is told in `tests/transcripts/README.md`. No thread and no clock but the binary's
//! own; nothing sleeps: every wait is for a line.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]

#[path = "../query_model/mod.rs"]
mod query_model;

mod backend;
mod binary;
mod burst;
mod hub;
mod hub_input;
mod pattern;
mod play;
mod script;
mod shelf;
mod text;
#[path = "../common/tls.rs"]
mod tls;

pub use backend::{Backend, Got};
pub use binary::{Binary, By};
pub use burst::burst;
pub use hub::{BareHub, Cut};
pub use pattern::{Bindings, Pattern};
pub use play::{play, play_bursts, update};
pub use script::{Only, Script, Step};

use std::fs;
use std::path::{Path, PathBuf};

/// Where the transcripts are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// The names of all transcripts, without `.txt`, in order.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("tests/transcripts is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| path.file_stem().expect("named").to_str().expect("ASCII").to_owned())
        .collect();
    names.sort();
    names
}

/// One transcript by its name.
pub fn load(name: &str) -> Script {
    let path = folder().join(format!("{name}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}.txt: {error}"));
    Script::parse(&format!("tests/transcripts/{name}.txt"), 1, &text)
}

/// Whether the transcripts are to be rewritten with what came.
pub fn updating() -> bool {
    std::env::var_os("UPDATE_TRANSCRIPTS").is_some_and(|value| value == "1")
}
