//! The real binary's command line: what it prints, where, and how it ends.
//!
//! The server itself is tested elsewhere; here nothing listens.

#![cfg(feature = "server")]
#![allow(missing_docs)]

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use taifas::protocol::Timestamp;

/// A folder of its own for each test, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Folder(dir)
    }

    /// Runs the binary in this folder, which is also its home, with this input.
    fn run(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = Command::new(env!("CARGO_BIN_EXE_taifas"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("HOME", &self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A child that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How it ended, and what it said where.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn ok(out: &str) -> Ended {
    Ended { code: 0, out: out.to_owned(), err: String::new() }
}

fn failed(err: &str) -> Ended {
    Ended { code: 1, out: String::new(), err: err.to_owned() }
}

fn help_of(arguments: &[&str]) -> String {
    let ended = Folder::new(&format!("help{}", arguments.len())).run(arguments, "");
    assert_eq!((ended.code, &*ended.err), (0, ""));
    ended.out
}

#[test]
fn help_shows_a_newcomer_the_way() {
    let help = help_of(&["--help"]);
    for shown in [
        "\nUsage: taifas [OPTIONS] [COMMAND]\n",
        "\n  taifas                          run a server for this machine\n",
        "\n  nc 127.0.0.1 7667               talk: type NAME ana, then MSG hello\n",
        "\n  taifas --listen 0.0.0.0:7667    run one for the whole network\n",
        "--config <FILE>",
        "--data <DIR>",
        "--listen <ADDR>",
        "--listen-tls <ADDR>",
        "--listen-telnet <ADDR>",
        "--metrics <ADDR>",
        "--sync <WORD>",
        "--profile <WORD>",
        "--set <KEY=VALUE>",
        "\n  default-config ",
        "\n  check ",
        "\n  fingerprint ",
        "\n  backup ",
        "\n  export ",
        "\n  user ",
    ] {
        assert!(help.contains(shown), "{shown:?} in {help}");
    }
    assert!(help.lines().all(|line| line.len() <= 100));
    let user = help_of(&["user", "--help"]);
    for command in ["list", "add", "passwd", "remove"] {
        assert!(user.contains(&format!("\n  {command} ")), "{command} in {user}");
    }
}

#[test]
fn what_is_not_understood_ends_with_2_and_says_what_to_type() {
    let folder = Folder::new("usage");
    for (arguments, says) in [
        (&["--bogus"][..], "error: unexpected argument '--bogus' found"),
        (&["--lisen", "x"], "a similar argument exists: '--listen'"),
        (&["chek"], "a similar subcommand exists: 'check'"),
        (&["user"], "Usage: taifas user [OPTIONS] <COMMAND>"),
        (&["user", "add"], "<NAME>"),
        (
            &["user", "add", "9ana"],
            "error: invalid value '9ana' for '<NAME>': a name is 1 to 32 letters, digits, - _ . \
             with a letter first, as in: ana\n",
        ),
        (&["check", "a.toml", "--config", "b.toml"], "cannot be used with"),
        (&["--config"], "a value is required for '--config <FILE>'"),
    ] {
        let ended = folder.run(arguments, "");
        assert_eq!((ended.code, &*ended.out), (2, ""), "{arguments:?}");
        assert!(ended.err.contains(says), "{says:?} in {}", ended.err);
    }
}

#[test]
fn default_config_is_a_file_that_check_likes() {
    let folder = Folder::new("default");
    let printed = folder.run(&["default-config"], "");
    assert_eq!((printed.code, &*printed.err), (0, ""));
    assert!(printed.out.starts_with("# taifas.toml: every key there is, with its default."));
    let data = format!("\n#data = \"{}/.local/share/taifas\"\n", folder.0.display());
    for line in ["\n#sync = \"always\"\n", "\n[limits]\n", "\n#message_rate = 10\n", &data] {
        assert!(printed.out.contains(line), "{line:?}");
    }
    folder.file("taifas.toml", &printed.out);
    assert_eq!(folder.run(&["check", "taifas.toml"], ""), ok("OK: no mistakes.\n"));
    assert_eq!(folder.run(&["--config", "taifas.toml", "check"], ""), ok("OK: no mistakes.\n"));
    assert_eq!(folder.run(&["check"], ""), ok("OK: no mistakes.\n"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_taifas"))
        .arg("default-config")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

/// Each file, and all that `check` says about it.
const BAD_FILES: [(&str, &str); 14] = [
    ("nam = 'x'", "bad.toml:1: unknown key nam; did you mean name?\n"),
    ("zzz = 'x'", "bad.toml:1: unknown key zzz; `taifas default-config` lists every key\n"),
    (
        "message_rate = 5",
        "bad.toml:1: unknown key message_rate; did you mean limits.message_rate?\n",
    ),
    ("\n[limit]\nrooms = 1", "bad.toml:2: unknown section [limit]; did you mean [limits]?\n"),
    (
        "name = '9'",
        "bad.toml:1: name must be 1 to 32 letters, digits, - _ . with a letter first, in quotes, \
         not the text \"9\"\n",
    ),
    (
        "sync = 'nevr'",
        "bad.toml:1: sync must be \"always\", \"everysec\" or \"never\", not the text \"nevr\"; \
         did you mean \"never\"?\n",
    ),
    ("hash = 5", "bad.toml:1: hash must be \"standard\" or \"small\", not 5\n"),
    (
        "listen = ':7667'",
        "bad.toml:1: listen must be an address and a port such as \"127.0.0.1:7667\", \
         \"[::1]:7667\" or \"localhost:7667\", not the text \":7667\"\n",
    ),
    (
        "metrics = 'localhost'",
        "bad.toml:1: metrics must be an address and a port such as \"127.0.0.1:9667\", not the \
         text \"localhost\"\n",
    ),
    ("listen = []", "bad.toml:1: listen must be 1 to 16 addresses, not 0\n"),
    (
        "data = '~/chat'",
        "bad.toml:1: data must be written in full: only the shell knows that the ~ of \
         \"~/chat\" is home\n",
    ),
    (
        "[limits]\nconnections = 0\nmessage_rate = true",
        "bad.toml:2: limits.connections must be a whole number from 1 to 1000000, not 0\n\
         bad.toml:3: limits.message_rate must be a whole number from 0 (off) to 1000000, not \
         true\n",
    ),
    (
        "[limits]\noutbox_soft_bytes = 262144",
        "bad.toml:2: limits.outbox_soft_bytes (262144) must be less than \
         limits.outbox_hard_bytes (262144, the default)\n",
    ),
    ("name 'x'", "bad.toml:1: is not TOML: key with no value, expected `=`\n"),
];

#[test]
fn check_says_each_mistake_in_these_words() {
    let folder = Folder::new("check");
    for (text, says) in BAD_FILES {
        folder.file("bad.toml", text);
        assert_eq!(folder.run(&["check", "bad.toml"], ""), failed(says), "{text}");
    }
    assert_eq!(
        folder.run(&["check", "none.toml"], ""),
        failed("none.toml: cannot be read: No such file or directory (os error 2)\n")
    );
}

#[test]
fn check_shows_each_value_and_where_it_comes_from() {
    let folder = Folder::new("values");
    folder.file("taifas.toml", "[limits]\nrooms = 5\n");
    let shown = folder.run(&["check", "--values", "taifas.toml", "--profile", "small"], "");
    assert_eq!((shown.code, &*shown.err), (0, ""));
    for line in [
        "\nhash = \"small\"  # the profile small\n",
        "\nlimits.rooms = 5  # taifas.toml:2\n",
        "\nlimits.message_rate = 10  # the default\n",
    ] {
        assert!(shown.out.contains(line), "{line:?} in {}", shown.out);
    }
    folder.file("taifas.toml", "nam = 'x'\n");
    let says = "taifas.toml:1: unknown key nam; did you mean name?\n";
    assert_eq!(folder.run(&["check", "--values", "taifas.toml"], ""), failed(says));
}

#[test]
fn the_server_refuses_what_check_refuses() {
    let folder = Folder::new("server");
    folder.file("bad.toml", "sync = 'nevr'\n");
    let ended = folder.run(&["--config", "bad.toml", "--listen", "ana", "--set", "rooms"], "");
    assert_eq!(
        ended,
        failed(
            "bad.toml:1: sync must be \"always\", \"everysec\" or \"never\", not the text \
             \"nevr\"; did you mean \"never\"?\n\
             --set rooms: write --set KEY=VALUE, as in --set sync=everysec\n\
             --listen ana: listen must be an address and a port such as \"127.0.0.1:7667\", \
             \"[::1]:7667\" or \"localhost:7667\", not the text \"ana\"\n"
        )
    );
}

#[test]
fn check_reads_the_terms_too() {
    let folder = Folder::new("terms");
    std::fs::create_dir(folder.0.join("etc")).unwrap();
    // The path is relative to the configuration, not to where one stands.
    folder.file("etc/taifas.toml", "terms_file = 'terms.txt'\n");
    folder.file("etc/terms.txt", "version: 2\nBe kind.\n");
    assert_eq!(folder.run(&["check", "etc/taifas.toml"], ""), ok("OK: no mistakes.\n"));
    folder.file("etc/terms.txt", "version: 2\nBe \u{1b}[1mkind.\n");
    assert_eq!(
        folder.run(&["check", "etc/taifas.toml"], ""),
        failed(
            "etc/terms.txt:2: holds the character U+001B, which may not be sent to terminals; \
             take it out\n"
        )
    );
}

#[test]
fn accounts_are_added_listed_changed_and_removed() {
    let folder = Folder::new("user");
    assert_eq!(
        folder.run(&["user", "list"], ""),
        ok("There are no accounts yet; make one with: taifas user add NAME\n")
    );
    let added = folder.run(&["user", "add", "Ana", "--set", "hash=small"], "correct horse\n");
    assert_eq!((added.code, &*added.err), (0, ""));
    let lines: Vec<&str> = added.out.lines().collect();
    assert_eq!(lines[0], "Ana is registered, with the number 1.");
    let code = lines[1].strip_prefix("The recovery code, shown once: ").unwrap();
    let groups: Vec<&str> = code.split('-').collect();
    assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 5), "{code}");
    assert_eq!(lines[2..], ["Who loses the password types: RECOVER Ana <code>"]);
    // In the default data folder of this home.
    assert!(folder.0.join(".local/share/taifas/users.db").is_file());

    // A name is taken in any case, and found before a password is asked for.
    assert_eq!(folder.run(&["user", "add", "aNA"], ""), failed("the name Ana is taken\n"));
    let servers = "taifas is what the server is called; nobody else can be\n";
    assert_eq!(folder.run(&["user", "add", "taifas"], ""), failed(servers));
    let list = folder.run(&["user", "list"], "");
    assert!(list.out.starts_with("     1  Ana  20") && list.out.ends_with("Z  terms none\n"));
    assert_eq!(list.out.lines().count(), 1);

    let passwd =
        folder.run(&["user", "passwd", "ana", "--set", "hash=small"], "battery staple\r\n");
    assert_eq!(passwd, ok("Ana has a new password.\n"));
    assert_eq!(folder.run(&["user", "passwd", "ion"], ""), failed("there is no account ion\n"));
    assert_eq!(folder.run(&["user", "remove", "ion"], ""), failed("there is no account ion\n"));
    assert_eq!(
        folder.run(&["user", "remove", "ana"], ""),
        ok("Ana is removed. What Ana said stays in the history.\n")
    );
    // Its number is not given again.
    let again = folder.run(&["user", "add", "Ana", "--set", "hash=small"], "correct horse");
    assert!(again.out.starts_with("Ana is registered, with the number 2.\n"), "{again:?}");
}

/// As from outside of a container: its numbers of processes are not those out here.
#[test]
fn nobody_is_taken_for_the_server_who_has_not_the_folder() {
    let folder = Folder::new("stranger");
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let mut stranger = Command::new("cat")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let data = folder.0.join("data");
    std::fs::create_dir(&data).unwrap();
    let mut lock = std::fs::File::create(data.join("lock")).unwrap();
    lock.lock().unwrap();
    lock.write_all(format!("{}\n", stranger.id()).as_bytes()).unwrap();
    let add = ["user", "add", "ana", "--set", "hash=small", "--data", "data"];
    let added = folder.run(&add, "correct horse\n");
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.err.contains("could not be told; restart it"), "{added:?}");
    ours.write_all(b"still here\n").unwrap();
    drop(ours);
    assert!(stranger.wait().unwrap().success(), "the stranger was signalled");
}

#[test]
fn operators_are_made_and_unmade_and_shown_in_the_list() {
    let folder = Folder::new("operators");
    for name in ["Ana", "ion"] {
        let added = folder.run(&["user", "add", name, "--set", "hash=small"], "correct horse\n");
        assert_eq!(added.code, 0, "{added:?}");
    }
    for command in ["op", "deop"] {
        let nobody = folder.run(&["user", command, "eva"], "");
        assert_eq!(nobody, failed("there is no account eva\n"));
    }
    // Twice is as good as once.
    for _ in 0..2 {
        let said = "Ana is an operator. HELP shows Ana what operators may do.\n";
        assert_eq!(folder.run(&["user", "op", "ana"], ""), ok(said));
    }
    let list = folder.run(&["user", "list"], "").out;
    let ends: Vec<&str> = list.lines().map(|line| line.split("Z  ").nth(1).unwrap()).collect();
    assert_eq!(ends, ["terms none  operator", "terms none"]);
    assert_eq!(folder.run(&["user", "deop", "ANA"], ""), ok("Ana is not an operator.\n"));
    assert!(!folder.run(&["user", "list"], "").out.contains("operator"));

    let erased = folder.run(&["user", "remove", "--messages", "ana"], "");
    assert_eq!(erased, ok("Ana is removed, with everything that Ana said.\n"));
    let gone = folder.run(&["user", "remove", "--messages", "ana"], "");
    assert_eq!(gone, failed("there is no account ana\n"));
    // Nothing was ever said: no file is made for it.
    assert!(!folder.0.join(".local/share/taifas/messages.db").exists());
}

#[test]
fn a_password_that_will_not_do_changes_nothing() {
    let folder = Folder::new("password");
    for (input, says) in [
        ("", "no password was given; type one, or give it as the first line of the input\n"),
        ("1234567\n", "the password is too short: it needs at least 8 characters\n"),
        ("\n12345678\n", "the password is too short: it needs at least 8 characters\n"),
        (&"x".repeat(4095), "the password is too long: it has room for 4094 bytes\n"),
    ] {
        assert_eq!(folder.run(&["user", "add", "ana"], input), failed(says));
    }
    let list = folder.run(&["user", "list"], "");
    assert!(list.out.starts_with("There are no accounts yet"));
    let added = folder.run(&["user", "add", "ana", "--set", "hash=small"], "12345678");
    assert_eq!(added.code, 0, "{added:?}");
}

#[test]
fn a_server_that_runs_is_told_of_each_change_and_of_nothing_else() {
    // This test is the server: it holds the folder's lock and listens for SIGUSR1.
    let folder = Folder::new("told");
    let data = folder.0.join("data");
    std::fs::create_dir(&data).unwrap();
    let mut lock = std::fs::File::create(data.join("lock")).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "{}", std::process::id()).unwrap();
    let (mut told, tell) = UnixStream::pair().unwrap();
    signal_hook::low_level::pipe::register(signal_hook::consts::SIGUSR1, tell).unwrap();
    let user = |arguments: &[&str], input: &str| {
        let all = [&["--data", "data", "--set", "hash=small", "user"], arguments].concat();
        folder.run(&all, input)
    };
    for arguments in [
        &["add", "ana"][..],
        &["passwd", "ana"],
        &["op", "ana"],
        &["deop", "ana"],
        &["remove", "ana"],
    ] {
        assert_eq!(user(arguments, "correct horse\n").code, 0);
        told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        told.read_exact(&mut [0]).unwrap();
        // The child is gone: whatever it sent is here.
        assert_eq!(user(&["list"], "").code, 0);
        assert_eq!(user(&["remove", "ion"], "").code, 1);
        told.set_nonblocking(true).unwrap();
        assert!(told.read(&mut [0]).is_err(), "told twice, or of nothing: {arguments:?}");
        told.set_nonblocking(false).unwrap();
    }
}

#[test]
fn a_server_that_cannot_be_told_is_a_warning_in_the_log() {
    let folder = Folder::new("untold");
    let mut lock = std::fs::File::create(folder.0.join("lock")).unwrap();
    lock.lock().unwrap();
    // Beyond the largest process id that Linux gives.
    write!(lock, "999999999").unwrap();
    let arguments = ["--data", ".", "--set", "hash=small", "user", "add", "ana"];
    let ended = folder.run(&arguments, "correct horse\n");
    assert_eq!(ended.code, 0);
    assert!(ended.out.starts_with("ana is registered, with the number 1.\n"), "{}", ended.out);
    let (time, rest) = ended.err.split_at(24);
    assert!(Timestamp::parse(time).is_some(), "{time}");
    assert_eq!(
        rest,
        " WARN  the server (process 999999999) could not be told; restart it for the change to \
         hold there\n"
    );
    let code = ended.out.lines().nth(1).and_then(|line| line.rsplit(' ').next()).unwrap();
    assert!(!ended.err.contains("correct horse") && !ended.err.contains(code));
}
