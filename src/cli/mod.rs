//! The command line: what was typed, and which of the few things it asks for.
//!
//! Answers go to standard output, everything else to standard error. Ends with 0
//! when it did what was asked, 1 when it could not, 2 when it was not understood.

mod arguments;
mod backup;
mod logging;
mod password;
pub mod reload;
mod user;

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use log::LevelFilter;
use taifas::config::{Config, Environment, LoadedTerms, Mistakes, Sources, default_config};
use taifas::identity::{Identity, Place};
use taifas::reactor::Reread;

use arguments::{Arguments, Command};

/// Why a command could not be carried out: a few plain sentences, shown as they are.
type Failure = Box<dyn Error>;

/// Does what the command line says; `serve` is the server.
pub fn run(serve: impl FnOnce(Config, LoadedTerms, Reread) -> Result<(), Failure>) -> ExitCode {
    let arguments = Arguments::parse();
    match carry_out(arguments, serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where even this cannot be written, the exit code still says it.
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(
    arguments: Arguments,
    serve: impl FnOnce(Config, LoadedTerms, Reread) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let environment = Environment::read();
    let mut sources = arguments.sources();
    match arguments.command {
        None => {
            logging::start(LevelFilter::Info);
            let (config, terms) = load(&sources, &environment)?;
            logging::set_level(config.log);
            let reread = reload::reread(sources, environment, config.clone(), terms.clone());
            serve(config, terms, reread)
        }
        Some(Command::DefaultConfig) => print(&default_config(&environment)),
        Some(Command::Check { file, values }) => {
            sources.file = file.or(sources.file);
            let (config, _) = load(&sources, &environment)?;
            // One of the server's own is not judged: judging would make it.
            if let given @ Place::Given { .. } = config.identity() {
                Identity::load(&given)?;
            }
            if values {
                return print(&sources.values(&environment)?);
            }
            print("OK: no mistakes.\n")
        }
        Some(Command::Fingerprint) => {
            logging::start(LevelFilter::Warn);
            let identity = Identity::load(&sources.load(&environment)?.identity())?;
            print(&format!("{}\n", identity.fingerprint))
        }
        Some(Command::Backup { dir }) => {
            logging::start(LevelFilter::Warn);
            backup::run_backup(&dir, &sources.load(&environment)?)
        }
        Some(Command::Export { after, room }) => {
            logging::start(LevelFilter::Warn);
            backup::run_export(after, room.as_ref(), &sources.load(&environment)?)
        }
        Some(Command::User { command }) => {
            logging::start(LevelFilter::Warn);
            user::run(command, &sources.load(&environment)?)
        }
    }
}

/// The configuration and the terms it names, or the mistakes in both.
fn load(sources: &Sources, environment: &Environment) -> Result<(Config, LoadedTerms), Mistakes> {
    let config = sources.load(environment)?;
    let terms = LoadedTerms::load(config.terms_file.as_deref())?;
    Ok((config, terms))
}

/// Writes an answer. A reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(why.into()),
        _ => Ok(()),
    }
}
