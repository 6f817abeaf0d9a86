//! The flags and commands, as clap reads and explains them.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use taifas::config::Sources;
use taifas::protocol::{Name, RoomName};

/// What `--help` ends with: a first session.
const EXAMPLES: &str = "\
To begin with:
  taifas                          run a server for this machine
  nc 127.0.0.1 7667               talk: type NAME ana, then MSG hello
  taifas --listen 0.0.0.0:7667    run one for the whole network

Later:
  taifas default-config > taifas.toml    every key, explained
  taifas check taifas.toml               before you trust it
  taifas --config taifas.toml
  taifas user passwd ana                 for who lost the password and the code
  taifas backup /backup/today            also while the server runs";

/// A chat relay for the smallest machine in the house.
///
/// Without a command it runs the server. People talk to it with nc, telnet or a
/// client; what they say is on the disk before anybody reads it.
#[derive(Debug, Parser)]
#[command(name = "taifas", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// A configuration file; every key in it is optional
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The folder of the databases, made if it is not there. Without this option
    /// and the key data: $STATE_DIRECTORY, or the user's data folder, on Linux
    /// ~/.local/share/taifas
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Where to accept connections, such as 0.0.0.0:7667; port 0 is any free port;
    /// can be given more than once
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,

    /// Where to accept TLS connections; can be given more than once
    #[arg(long, value_name = "ADDR")]
    listen_tls: Vec<String>,
    /// Where to accept telnet programs, which then hide passwords; can be given more than once
    #[arg(long, value_name = "ADDR")]
    listen_telnet: Vec<String>,
    /// Where metrics are read over HTTP, such as 127.0.0.1:9667; nowhere without this
    #[arg(long, value_name = "ADDR")]
    metrics: Option<String>,

    /// When a message counts as written: always, everysec or never
    #[arg(long, value_name = "WORD")]
    sync: Option<String>,

    /// Other defaults for another machine: standard, or small for 16 MiB of memory
    #[arg(long, global = true, value_name = "WORD")]
    profile: Option<String>,

    /// Sets any key, such as limits.message_rate=0; wins over the file; can be given
    /// more than once
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// What to do instead of running the server
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done besides running the server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a configuration file with every key, its default and what it means
    DefaultConfig,

    /// Judge a configuration: prints OK, or every mistake with its line
    Check {
        /// The file to judge
        #[arg(conflicts_with = "config")]
        file: Option<PathBuf>,

        /// Print every key with its value and where that comes from
        #[arg(long)]
        values: bool,
    },

    /// Copy the data folder, also while the server runs; a server can be started from
    /// the copy with --data
    Backup {
        /// Where to: a folder that is not there yet, or an empty one
        dir: PathBuf,
    },

    /// Print what was said in rooms, a JSON object a line, also while the server runs
    Export {
        /// Only what has a higher id than this
        #[arg(long, value_name = "ID", default_value_t = 0, hide_default_value = true)]
        after: u64,

        /// Only what was said in this room; the # may be left out, as shells want it
        /// quoted
        #[arg(long, value_name = "ROOM", value_parser = room)]
        room: Option<RoomName>,
    },

    /// Print the TLS certificate's fingerprint, for people to compare; makes the
    /// certificate if there is none
    Fingerprint,

    /// See and change the accounts, also while the server runs
    User {
        /// What to do with them
        #[command(subcommand)]
        command: UserCommand,
    },
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Print every account
    List,

    /// Make an account; the password is asked for, or is the first line of the input
    Add {
        /// Whose
        #[arg(value_parser = name)]
        name: Name,
    },

    /// Give an account another password; asked for, or the first line of the input
    Passwd {
        /// Whose
        #[arg(value_parser = name)]
        name: Name,
    },

    /// Make an account an operator's, who may KICK, BAN, MUTE and more
    Op {
        /// Whose
        #[arg(value_parser = name)]
        name: Name,
    },

    /// Make an operator's account an ordinary one again
    Deop {
        /// Whose
        #[arg(value_parser = name)]
        name: Name,
    },

    /// Remove an account; its name is free afterwards, what it said stays
    Remove {
        /// Whose
        #[arg(value_parser = name)]
        name: Name,

        /// Erase everything it has said, too
        #[arg(long)]
        messages: bool,

        /// Do not ask whether you are sure
        #[arg(long)]
        yes: bool,
    },
}

impl Arguments {
    /// The parts that make a configuration.
    pub fn sources(&self) -> Sources {
        Sources {
            file: self.config.clone(),
            set: self.set.clone(),
            data: self.data.clone(),
            listen: self.listen.clone(),
            listen_tls: self.listen_tls.clone(),
            listen_telnet: self.listen_telnet.clone(),
            metrics: self.metrics.clone(),
            sync: self.sync.clone(),
            profile: self.profile.clone(),
        }
    }
}

fn name(word: &str) -> Result<Name, String> {
    word.parse().map_err(|_| {
        "a name is 1 to 32 letters, digits, - _ . with a letter first, as in: ana".to_owned()
    })
}

fn room(word: &str) -> Result<RoomName, String> {
    format!("#{}", word.strip_prefix('#').unwrap_or(word)).parse().map_err(|_| {
        "a room is # and 1 to 32 letters, digits, - _ . with a letter first, as in: '#lobby'"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn clap_finds_no_contradiction() {
        Arguments::command().debug_assert();
    }
}
