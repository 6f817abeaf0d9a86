//! Accounts; see below.
use super::arguments::UserCommand;
use super::{Failure, logging, password, print};
use taifas::config::Config;

/// x
pub fn run(command: UserCommand, _c: &Config) -> Result<(), Failure> {
    print(&format!("{command:?} {}", logging::now()))?;
    if let UserCommand::Add { name } = &command {
        password::ask(name)?;
        password::confirm("x")?;
    }
    Err("not wired".into())
}
