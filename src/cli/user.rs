//! `taifas user`: the accounts, for who runs the server.
//!
//! Works on users.db itself, whether or not a server runs beside it; one that runs
//! is told by SIGUSR1 to look again. Holds no rule of its own but the order of
//! things: refuse what cannot be done before a password is asked for.

use std::fmt::Write;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use taifas::auth::{hash_password, new_recovery_code};
use taifas::config::Config;
use taifas::protocol::Name;
use taifas::store::lock::server_pid;
use taifas::store::users::{Entry, Users, UsersError};

use super::arguments::UserCommand;
use super::{Failure, logging, password, print};

/// Carries out one command on the accounts of the configured data folder.
pub fn run(command: UserCommand, config: &Config) -> Result<(), Failure> {
    let users = Users::open(&config.data)?;
    match command {
        UserCommand::List => print(&table(&users.list()?)),
        UserCommand::Add { name } => add(&users, &name, config),
        UserCommand::Passwd { name } => {
            let name = existing(&users, &name)?;
            let password = password::ask(&name)?;
            users.set_password(&name, &hash_password(config.hash, &password)?)?;
            tell_server(&config.data);
            print(&format!("{name} has a new password.\n"))
        }
        UserCommand::Remove { name, yes } => {
            let name = existing(&users, &name)?;
            let question = format!("Remove the account {name}? Its name will be free for anybody.");
            if !yes && !password::confirm(&question)? {
                return Err("nothing was removed".into());
            }
            users.remove(&name)?;
            tell_server(&config.data);
            print(&format!("{name} is removed. What {name} said stays in the history.\n"))
        }
    }
}

fn add(users: &Users, name: &Name, config: &Config) -> Result<(), Failure> {
    if let Some(entry) = find(users, name)? {
        return Err(UsersError::NameTaken(entry.name).into());
    }
    let password = password::ask(name)?;
    let hash = hash_password(config.hash, &password)?;
    let (code, recovery) = new_recovery_code(config.hash)?;
    let id = users.add(name, &hash, &recovery, logging::now())?;
    tell_server(&config.data);
    print(&format!(
        "{name} is registered, with the number {id}.\nThe recovery code, shown once: "
    ))?;
    print(&String::from_utf8_lossy(code.expose()))?;
    print(&format!("\nWho loses the password types: RECOVER {name} <code>\n"))
}

/// The account's name as it was registered.
fn existing(users: &Users, name: &Name) -> Result<Name, Failure> {
    match find(users, name)? {
        Some(entry) => Ok(entry.name),
        None => Err(UsersError::NoSuchName(*name).into()),
    }
}

fn find(users: &Users, name: &Name) -> Result<Option<Entry>, Failure> {
    Ok(users.list()?.into_iter().find(|entry| entry.name == *name))
}

fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "There are no accounts yet; make one with: taifas user add NAME\n".to_owned();
    }
    let width = entries.iter().map(|entry| entry.name.as_str().len()).max().unwrap_or_default();
    let mut out = String::new();
    for Entry { id, name, registered_at, terms } in entries {
        let terms = terms.as_deref().unwrap_or("none");
        let name = name.as_str();
        let _ = writeln!(out, "{:>6}  {name:<width$}  {registered_at}  terms {terms}", id.0);
    }
    out
}

/// Tells the server of this folder, if one runs, that the accounts have changed.
fn tell_server(data: &Path) {
    let Some(pid) = server_pid(data) else { return };
    let process = i32::try_from(pid).ok().filter(|&pid| pid > 0).and_then(Pid::from_raw);
    let told = process.map(|process| kill_process(process, Signal::USR1));
    // The change is on the disk: not being able to say so is no failure of it.
    if !matches!(told, Some(Ok(()))) {
        log::warn!(
            "the server (process {pid}) could not be told; restart it for the change to hold there"
        );
    }
}
