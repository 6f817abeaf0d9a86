//! `taifas user`: the accounts, for who runs the server.
//!
//! Works on users.db itself, whether or not a server runs beside it; one that runs
//! is told by SIGUSR1 to look again. Holds no rule of its own but the order of
//! things: refuse what cannot be done before a password is asked for.

use std::fmt::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use taifas::auth::{hash_password, new_recovery_code};
use taifas::config::Config;
use taifas::protocol::Name;
use taifas::store::OpenError;
use taifas::store::erase::without_server;
use taifas::store::lock::{is_held_by, server_pid};
use taifas::store::users::{Entry, Users, UsersError};

use super::arguments::UserCommand;
use super::{Failure, logging, password, print};

/// How long the server is waited for while it erases: a million messages take it some
/// seconds if nobody talks. Beyond: that is said, and it goes on alone.
const ERASING_MOST: Duration = Duration::from_secs(60);
/// How often it is looked whether it is done.
const ERASING_LOOK: Duration = Duration::from_millis(100);

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
        UserCommand::Op { name } => {
            let name = existing(&users, &name)?;
            users.set_operator(&name, true)?;
            tell_server(&config.data);
            print(&format!("{name} is an operator. HELP shows {name} what operators may do.\n"))
        }
        UserCommand::Deop { name } => {
            let name = existing(&users, &name)?;
            users.set_operator(&name, false)?;
            tell_server(&config.data);
            print(&format!("{name} is not an operator.\n"))
        }
        UserCommand::Remove { name, messages, yes } => {
            let name = existing(&users, &name)?;
            let rest = if messages {
                "Everything it has said will be erased."
            } else {
                "Its name will be free for anybody."
            };
            if !yes && !password::confirm(&format!("Remove the account {name}? {rest}"))? {
                return Err("nothing was removed".into());
            }
            if messages {
                return remove_with_messages(&users, &name, &config.data);
            }
            users.remove(&name)?;
            tell_server(&config.data);
            print(&format!("{name} is removed. What {name} said stays in the history.\n"))
        }
    }
}

fn add(users: &Users, name: &Name, config: &Config) -> Result<(), Failure> {
    if *name == config.name {
        let text = format!("{name} is what the server is called; nobody else can be");
        return Err(text.into());
    }
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

/// Removes an account and what it has said. A server that runs does the erasing, a
/// little at a time, and is waited for.
fn remove_with_messages(users: &Users, name: &Name, data: &Path) -> Result<(), Failure> {
    users.remove_with_messages(name)?;
    let (begun, mut told) = (Instant::now(), None);
    while users.is_erasing()? {
        match without_server(data) {
            Ok(_) => break,
            Err(UsersError::Open(OpenError::InUse { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        // Once: one that is starting may not have written yet which process it is.
        let server = server_pid(data);
        if server.is_some() && server != told {
            tell_server(data);
            told = server;
        }
        if begun.elapsed() > ERASING_MOST {
            print(&format!(
                "{name} is removed. The server is still erasing what {name} said, and goes on.\n"
            ))?;
            return Ok(());
        }
        thread::sleep(ERASING_LOOK);
    }
    print(&format!("{name} is removed, with everything that {name} said.\n"))
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
    for Entry { id, name, registered_at, terms, operator } in entries {
        let terms = terms.as_deref().unwrap_or("none");
        let (id, name) = (id.0, name.as_str());
        let operator = if *operator { "  operator" } else { "" };
        let _ = writeln!(out, "{id:>6}  {name:<width$}  {registered_at}  terms {terms}{operator}");
    }
    out
}

/// Tells the server of this folder, if one runs, that the accounts have changed.
fn tell_server(data: &Path) {
    let Some(pid) = server_pid(data) else { return };
    let process = i32::try_from(pid).ok().filter(|&pid| pid > 0).and_then(Pid::from_raw);
    // Most programs end at this signal: it is for nobody else.
    let process = process.filter(|_| is_held_by(data, pid));
    let told = process.map(|process| kill_process(process, Signal::USR1));
    // The change is on the disk: not being able to say so is no failure of it.
    if !matches!(told, Some(Ok(()))) {
        log::warn!(
            "the server (process {pid}) could not be told; restart it for the change to hold there"
        );
    }
}
