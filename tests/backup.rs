//! `taifas backup` and `taifas export`: beside a server that is busy, without one, and
//! where they refuse.

#![cfg(feature = "server")]
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::{Client, Folder, Server};

/// Ids and texts, as their sender was told.
type Told = BTreeMap<u64, String>;

/// The names in a folder, in the order of the alphabet.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Says something and waits for its id.
fn say(client: &mut Client, text: &str, told: &mut Told) {
    let answer = client.ask(&format!("MSG #lobby :{text}"), "OK MSG ");
    let id = answer.trim_start_matches("OK MSG ").parse().unwrap();
    assert_eq!(told.insert(id, text.to_owned()), None, "{id} was given twice");
}

/// Everything a server has of the room, by HISTORY.
fn history(server: &Server) -> Vec<(u64, String)> {
    let mut reader = server.tagged("reader");
    let (mut after, mut all) = (0, Vec::new());
    loop {
        reader.send(&format!("HISTORY #lobby AFTER {after}"));
        let lines = reader.until("OK HISTORY ");
        let (end, lines) = lines.split_last().unwrap();
        for line in lines.iter().filter(|line| line.contains(" HIST #lobby ")) {
            let (_, rest) = line.split_once(" HIST #lobby ").unwrap();
            let (id, rest) = rest.split_once(' ').unwrap();
            let (_, text) = rest.split_once(" :").unwrap();
            all.push((id.parse().unwrap(), text.to_owned()));
        }
        after = end.split(' ').nth(3).unwrap().parse().unwrap();
        if !end.ends_with(" MORE") {
            return all;
        }
    }
}

/// Runs `taifas backup` to its good end.
fn back_up(folder: &Folder, to: &Path) -> String {
    let (status, out, err) = folder.taifas(&["backup", to.to_str().unwrap()], "");
    assert!(status.success() && err.is_empty(), "{status}: {out}{err}");
    out
}

/// Runs it to its bad one; gives back what it says.
fn refused(folder: &Folder, to: &Path) -> String {
    let (status, out, err) = folder.taifas(&["backup", to.to_str().unwrap()], "");
    assert_eq!((status.code(), &*out), (Some(1), ""), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    err
}

#[test]
fn a_copy_made_under_load_has_all_that_was_acknowledged_and_no_id_comes_again() {
    let (folder, place) = (Folder::new("backup-load"), Folder::new("backup-load-copy"));
    let copy = Folder(place.0.join("today"));
    let server = Server::start(&folder, &[]);
    let mut ana = server.connect();
    ana.ask("TAGS ON", "OK TAGS ON");
    ana.register("ana");
    // Several steps' worth, so that the copy is under way while others talk.
    let mut before = Told::new();
    for n in 0..1000 {
        say(&mut ana, &format!("{n} {}", "x".repeat(2000)), &mut before);
    }
    let over = AtomicBool::new(false);
    let (started, said) = thread::scope(|scope| {
        let talkers: Vec<_> = (0..3)
            .map(|n| {
                let (mut client, over) = (server.tagged(&format!("t{n}")), &over);
                scope.spawn(move || {
                    let mut told = Told::new();
                    let mut count = 0;
                    while !over.load(Ordering::Relaxed) {
                        say(&mut client, &format!("t{n} says {count}"), &mut told);
                        count += 1;
                    }
                    told
                })
            })
            .collect();
        // They are talking.
        let mut watcher = server.guest("watcher");
        for _ in 0..10 {
            watcher.expect_holding(" MSG #lobby :t");
        }
        say(&mut ana, "the last before", &mut before);
        let out = back_up(&folder, &copy.0);
        assert!(out.starts_with(&format!("{} has 1", copy.0.display())), "{out}");
        assert!(out.ends_with(", and 1 accounts.\n"), "{out}");
        say(&mut ana, "after it", &mut Told::new());
        over.store(true, Ordering::Relaxed);
        let said: Vec<Told> = talkers.into_iter().map(|t| t.join().unwrap()).collect();
        let last = *before.last_key_value().unwrap().0;
        (last, said.into_iter().flatten().collect::<Told>())
    });
    before.extend(said.range(..=started).map(|(id, text)| (*id, text.clone())));
    let highest_ever = said.last_key_value().map_or(started, |(id, _)| started.max(*id));
    assert_eq!(names(&copy.0), ["ids", "messages.db", "users.db"]);

    let second = Server::start(&copy, &[]);
    let copied = history(&second);
    assert!(copied.windows(2).all(|pair| pair[0].0 < pair[1].0), "once each, in their order");
    let copied: Told = copied.into_iter().collect();
    for (id, text) in &before {
        assert_eq!(copied.get(id), Some(text), "{id}");
    }
    // What was said meanwhile may be there too: then it is what was said.
    for (id, text) in copied.range(started + 1..) {
        assert_eq!(said.get(id), Some(text), "{id}");
    }
    let mut again = second.connect();
    again.ask("TAGS ON", "OK TAGS ON");
    again.login("ana");
    let mut told = Told::new();
    say(&mut again, "in the copy", &mut told);
    say(&mut again, "and on", &mut told);
    let first = *told.first_key_value().unwrap().0;
    assert!(first > highest_ever, "{first} may have been given after the backup, {highest_ever}");
    second.stop();
    server.stop();
}

#[test]
fn a_copy_is_its_owners_alone_and_certificates_are_in_it() {
    let (folder, place) = (Folder::new("backup-modes"), Folder::new("backup-modes-copy"));
    let server = Server::start(&folder, &[]);
    server.guest("ana").say("hello");
    fs::write(folder.0.join("tls.pem"), "the key").unwrap();
    fs::set_permissions(folder.0.join("tls.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(folder.0.join("named.pem"), "elsewhere").unwrap();
    symlink("named.pem", folder.0.join("link.pem")).unwrap();
    fs::create_dir(folder.0.join("folder.pem")).unwrap();
    fs::write(folder.0.join("notes.txt"), "not ours").unwrap();
    // An empty folder that everybody may read is one of nobody else afterwards.
    let to = place.0.join("deep/down");
    fs::create_dir_all(&to).unwrap();
    back_up(&folder, &to);
    let all = ["ids", "link.pem", "messages.db", "named.pem", "tls.pem", "users.db"];
    assert_eq!(names(&to), all);
    assert_eq!(mode(&to), 0o700);
    for name in all {
        assert_eq!(mode(&to.join(name)), 0o600, "{name}");
        assert!(fs::symlink_metadata(to.join(name)).unwrap().is_file(), "{name}");
    }
    assert_eq!(fs::read_to_string(to.join("tls.pem")).unwrap(), "the key");
    assert_eq!(fs::read_to_string(to.join("link.pem")).unwrap(), "elsewhere");
    assert_eq!(names(to.parent().unwrap()), ["down"], "nothing is left beside it");
    server.stop();
}

#[test]
fn a_server_started_from_the_copy_shows_the_same_fingerprint() {
    let (folder, place) = (Folder::new("backup-tls"), Folder::new("backup-tls-copy"));
    let copy = Folder(place.0.join("copy"));
    let tls = ["--listen-tls", "127.0.0.1:0"];
    let server = Server::start(&folder, &tls);
    let before = server.log_line("tls fingerprint ");
    fs::write(folder.0.join("tls/notes.txt"), "not ours").unwrap();
    back_up(&folder, &copy.0);
    server.stop();
    assert_eq!(names(&copy.0.join("tls")), ["certificate.pem", "key.pem"]);
    for (path, expected) in [("tls", 0o700), ("tls/certificate.pem", 0o600), ("tls/key.pem", 0o600)]
    {
        assert_eq!(mode(&copy.0.join(path)), expected, "{path}");
    }
    let second = Server::start(&copy, &tls);
    assert_eq!(second.log_line("tls fingerprint "), before);
    second.connect_tls().name("ana");
    second.stop();
}

#[test]
fn a_server_started_from_the_copy_finds_and_announces_what_was_told() {
    let (folder, place) = (Folder::new("backup-told"), Folder::new("backup-told-copy"));
    let copy = Folder(place.0.join("copy"));
    let server = Server::start(&folder, &[]);
    let [mut ana, mut ion] = ["ana", "ion"].map(|name| {
        let mut client = server.connect();
        client.ask("TAGS ON", "OK TAGS ON");
        client.register(name);
        client
    });
    ana.ask("MSG #lobby :a needle in the lobby", "OK MSG 1");
    ana.ask("TELL ion a needle between us", "OK TELL 2");
    // Told while away, and not announced before the copy is made.
    ion.ask("QUIT", "OK QUIT");
    assert_eq!(ion.line(), None);
    ana.expect(":taifas PART #lobby ion");
    ana.ask("TELL ion a needle for later", "OK TELL 3");
    ana.ask("SEARCH needle", "OK SEARCH 3");
    assert!(folder.0.join("search.db").exists(), "or there is nothing to leave out");
    back_up(&folder, &copy.0);
    assert_eq!(names(&copy.0), ["ids", "messages.db", "users.db"]);
    server.stop();

    let second = Server::start(&copy, &[]);
    let mut ion = second.connect();
    ion.ask("TAGS ON", "OK TAGS ON");
    ion.login("ion");
    ion.expect(":taifas NOTICE :1 message for you while you were away: HISTORY ana");
    let found = |client: &mut Client, words: &str| -> Vec<String> {
        client.send(&format!("SEARCH {words}"));
        let lines = client.until("OK SEARCH ");
        let texts = lines.iter().filter(|line| line.contains(" HIST "));
        texts.map(|line| line.split_once(" :").unwrap().1.to_owned()).collect()
    };
    let all = ["a needle in the lobby", "a needle between us", "a needle for later"];
    assert_eq!(found(&mut ion, "needle"), all);
    let mut eva = second.tagged("eva");
    assert_eq!(found(&mut eva, "needle"), all[..1]);
    eva.say("one more needle");
    assert_eq!(found(&mut eva, "more needle"), ["one more needle"]);
    second.stop();

    // Put back in the place of what it was made from, beside an index that knows more.
    fs::remove_file(folder.0.join("messages.db")).unwrap();
    fs::copy(copy.0.join("messages.db"), folder.0.join("messages.db")).unwrap();
    fs::copy(copy.0.join("ids"), folder.0.join("ids")).unwrap();
    let third = Server::start(&folder, &[]);
    let mut eva = third.tagged("eva");
    eva.say("the last needle");
    assert_eq!(found(&mut eva, "needle"), [all[0], "one more needle", "the last needle"]);
    third.stop();
}

#[test]
fn without_a_server_and_after_a_crash() {
    let (folder, place) = (Folder::new("backup-off"), Folder::new("backup-off-copy"));
    let copy = Folder(place.0.join("new/copy"));
    let mut server = Server::start(&folder, &[]);
    let mut told = Told::new();
    let mut ana = server.tagged("ana");
    say(&mut ana, "one", &mut told);
    say(&mut ana, "two", &mut told);
    server.kill();
    assert!(folder.0.join("messages.db-wal").exists());
    let last = told.keys().max().unwrap();
    assert_eq!(
        back_up(&folder, &copy.0),
        format!(
            "{} has 2 messages, the last with the id {last}, and 0 accounts.\n",
            copy.0.display()
        )
    );
    let second = Server::start(&copy, &[]);
    assert_eq!(history(&second).into_iter().collect::<Told>(), told);
    second.stop();
}

#[test]
fn what_cannot_be_a_backup_changes_nothing() {
    let (folder, place) = (Folder::new("backup-no"), Folder::new("backup-no-copy"));
    let missing = folder.0.join("messages.db");
    let to = place.0.join("copy");
    assert_eq!(
        refused(&folder, &to),
        format!(
            "there is nothing to back up: {} is not there; say which folder with --data DIR\n",
            missing.display()
        )
    );
    let server = Server::start(&folder, &[]);
    server.guest("ana").say("hello");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("mine"), "").unwrap();
    fs::write(place.0.join("file"), "").unwrap();
    for there in [to.clone(), place.0.join("file")] {
        assert_eq!(
            refused(&folder, &there),
            format!(
                "{0} is not an empty folder; name one that is not there yet, such as {0}/today\n",
                there.display()
            )
        );
    }
    let nowhere = place.0.join("..");
    assert!(refused(&folder, &nowhere).contains("cannot be made; name a folder"));
    assert_eq!(
        (names(&place.0), names(&to)),
        (vec!["copy".into(), "file".into()], vec!["mine".into()])
    );
    server.stop();

    // A page in the middle that is none: the copy is looked at before it gets its name.
    let mut bytes = fs::read(&missing).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&missing, bytes).unwrap();
    let says = refused(&folder, &place.0.join("broken"));
    assert!(says.starts_with(&format!("{} is broken (", missing.display())), "{says}");
    assert_eq!(names(&place.0), ["copy", "file"]);
}

/// Runs `taifas export`.
fn export(folder: &Folder, arguments: &[&str]) -> String {
    let (status, out, err) = folder.taifas(&[&["export"], arguments].concat(), "");
    assert!(status.success() && err.is_empty(), "{status}: {out}{err}");
    out
}

#[test]
fn what_was_said_as_json_lines_while_the_server_runs() {
    let folder = Folder::new("export");
    let server = Server::start(&folder, &[]);
    assert_eq!(export(&folder, &[]), "");
    let mut ana = server.tagged("ana");
    let mut told = Told::new();
    for text in ["hello", "say \"hi\" \\o/", "ș 漢 🦀"] {
        say(&mut ana, text, &mut told);
    }
    // Over several portions.
    for n in 0..2100 {
        say(&mut ana, &n.to_string(), &mut told);
    }
    // What people told each other is theirs, and in no room.
    let mut ion = server.connect();
    ion.register("ion");
    ion.ask("TELL ion not to be exported", ":ion TELL ion :not to be exported");
    let out = export(&folder, &[]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), told.len());
    let inside = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    for (line, (id, text)) in lines.iter().zip(&told) {
        let (head, tail) = line.split_once("\"time\":\"").unwrap();
        assert_eq!(head, format!("{{\"id\":{id},"));
        let (time, rest) = tail.split_once('"').unwrap();
        assert!(taifas::protocol::Timestamp::parse(time).is_some(), "{time}");
        let text = inside(text);
        assert_eq!(rest, format!(",\"room\":\"#lobby\",\"from\":\"ana\",\"text\":\"{text}\"}}"));
    }
    // Behind an id, and in a room, which is compared without case.
    let ids: Vec<u64> = told.keys().copied().collect();
    let after = |id: u64| export(&folder, &["--after", &id.to_string()]).lines().count();
    let last = ids[ids.len() - 1];
    assert_eq!(
        [after(ids[0] - 1), after(ids[0]), after(last - 1), after(last)],
        [2103, 2102, 1, 0]
    );
    assert_eq!(after(u64::MAX), 0);
    for room in ["#lobby", "lobby", "#LOBBY"] {
        assert_eq!(export(&folder, &["--room", room]), out);
    }
    let says = |arguments: &[&str]| folder.taifas(&[&["export"], arguments].concat(), "");
    let (status, out, err) = says(&["--room", "#nowhere"]);
    assert_eq!((status.code(), &*out), (Some(1), ""));
    assert_eq!(err, "nobody has ever spoken in #nowhere\n");
    assert_eq!(says(&["--room", "#"]).0.code(), Some(2));
    assert_eq!(says(&["--after", "-1"]).0.code(), Some(2));
    server.stop();
}

#[test]
fn a_reader_that_has_seen_enough_ends_an_export_quietly() {
    let folder = Folder::new("export-pipe");
    let server = Server::start(&folder, &[]);
    let mut ana = server.tagged("ana");
    let mut told = Told::new();
    // More than any pipe holds.
    for n in 0..200 {
        say(&mut ana, &format!("{n} {}", "x".repeat(3000)), &mut told);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_taifas"));
    command.args(["--data".as_ref(), folder.0.as_os_str()]).arg("export");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"id\":"), "{first}");
    // Its end of the pipe is closed.
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));

    // A disk that is full is not a reader that has seen enough.
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    if let Ok(full) = full {
        let ended = command.stdout(full).output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.stderr.starts_with(b"No space left on device"), "{ended:?}");
    }
    server.stop();
}

#[test]
fn an_export_of_nothing_says_where_it_looked() {
    let folder = Folder::new("export-none");
    let (status, out, err) = folder.taifas(&["export"], "");
    assert_eq!((status.code(), &*out), (Some(1), ""));
    let file = folder.0.join("messages.db");
    assert_eq!(
        err,
        format!(
            "there is nothing to export: {} is not there; say which folder with --data DIR\n",
            file.display()
        )
    );
    assert_eq!(names(&folder.0), [""; 0], "and made nothing there");
}
