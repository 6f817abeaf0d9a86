//! The taifas binary: reads the command line and the configuration, then hands over.
//!
//! The composition root and nothing else. Everything worth testing is in the
//! library or in [`cli`].

mod cli;

use std::error::Error;
use std::process::ExitCode;

use taifas::config::{Config, LoadedTerms};

fn main() -> ExitCode {
    cli::run(serve)
}

/// Runs the server until it is told to stop.
fn serve(_config: Config, _terms: LoadedTerms) -> Result<(), Box<dyn Error>> {
    Err("the server is not wired yet".into())
}
