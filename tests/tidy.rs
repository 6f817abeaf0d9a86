//! The house rules that no compiler knows: layers, module docs, sizes, words.
//!
//! Reads every source file under src/ and clients/ and prints each violation as
//! `path:line: what; what instead`. The second half tries the rules on small snippets
//! that break them, so that they cannot pass because they have stopped looking.

#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use layers::{LAYERS, Layer};

/// Longest file; one past it has two nouns in it.
const FILE_LINES: usize = 600;

/// The files that may say `unsafe`: one wipes memory, one asks the system a question
/// that no library asks for us.
const MAY_BE_UNSAFE: [&str; 2] = ["src/protocol/secret.rs", "src/reactor/patience.rs"];

/// What must not be left lying about. Spelled in halves: a rule should not break
/// itself.
const LEFT_OVER: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("un", "implemented!"),
    concat!("db", "g!"),
];

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml is readable");
    let outside = dependencies(&manifest);
    assert!(outside.iter().any(|name| name == "nom"), "no dependencies found: {outside:?}");

    let mut files = Vec::new();
    walk(&root.join("src"), &mut files);
    if root.join("clients").is_dir() {
        walk(&root.join("clients"), &mut files);
    }
    let paths: Vec<String> = files.iter().map(|file| relative(root, file)).collect();
    for must in ["src/lib.rs", "src/limits.rs", "src/protocol/name.rs", "src/parser/frame.rs"] {
        assert!(paths.iter().any(|path| path == must), "{must} was not found in {paths:?}");
    }

    let mut violations = Vec::new();
    for (file, path) in files.iter().zip(&paths) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
        violations.extend(check(path, &text, &outside));
    }
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Every Rust file under a folder, in order; build output is not looked at.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() && !entry.ends_with("target") {
            walk(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}

fn relative(root: &Path, file: &Path) -> String {
    let path = file.strip_prefix(root).expect("walked from the root");
    path.to_str().expect("our own names are UTF-8").replace('\\', "/")
}

/// The crates that Cargo.toml names, as code spells them.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if let (true, Some((name, _))) = (inside, line.split_once('=')) {
            names.push(name.trim().trim_end_matches(".workspace").replace('-', "_"));
        }
    }
    names
}

/// Everything that is wrong with one file.
fn check(path: &str, text: &str, outside: &[String]) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    if !text.starts_with("//!") {
        found.push((1, "no //! on top; say what this file is and never does".into()));
    }
    let lines = text.lines().count();
    if lines > FILE_LINES {
        found.push((
            FILE_LINES + 1,
            format!("{lines} lines; {FILE_LINES} at most, one noun a file"),
        ));
    }
    let code = source::code(text);
    for ((number, line), code) in (1..).zip(text.lines()).zip(code.lines()) {
        found.extend(words::judge(path, line).into_iter().map(|what| (number, what)));
        for left in LEFT_OVER.iter().filter(|left| holds_word(line, left)) {
            found.push((number, format!("{left}; do it, or say what it costs not to")));
        }
        if !MAY_BE_UNSAFE.contains(&path) && holds_word(code, "unsafe") {
            found.push((number, format!("unsafe code; only {MAY_BE_UNSAFE:?} have any")));
        }
    }
    match place(path) {
        None => {
            found.push((1, "belongs to no layer; give it one in tests/tidy/layers.rs".into()));
        }
        Some((layer, module)) => {
            let paths = source::paths(&code, &module);
            found.extend(
                paths
                    .iter()
                    .filter_map(|named| Some((named.line, layers::judge(layer, named, outside)?))),
            );
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|(line, what)| format!("{path}:{line}: {what}")).collect()
}

/// The layer of a file, and its module path from the package's root on.
fn place(path: &str) -> Option<(&'static Layer, Vec<String>)> {
    let (folder, inside) = match path.strip_prefix("src/") {
        Some(inside) => ("", inside),
        // What stands beside a client's source is held to what the client is.
        None => ["/src/", "/tests/", "/examples/", "/benches/"]
            .iter()
            .find_map(|folder| path.split_once(folder))
            .or_else(|| path.rsplit_once('/'))?,
    };
    let mut module: Vec<String> =
        inside.trim_end_matches(".rs").split('/').map(String::from).collect();
    let name = if folder.is_empty() { module[0].clone() } else { folder.to_string() };
    let tests = format!("{name}/tests");
    let own = LAYERS.iter().find(|layer| layer.name == tests && path.starts_with(&tests));
    let layer = own.or_else(|| LAYERS.iter().find(|layer| layer.name == name))?;
    module.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    Some((layer, module))
}

/// Whether the word stands in the line with no letter, digit or `_` around it.
fn holds_word(line: &str, word: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !before.ends_with(inner) && (word.ends_with('!') || !after.starts_with(inner))
    })
}

// Here the rules themselves are tried.

/// What `check` finds in a file with a proper head and this body, from its line 2 on.
fn tried(path: &str, body: &str) -> Vec<String> {
    let outside = ["nom", "mio", "rusqlite", "argon2", "log"].map(String::from);
    check(path, &format!("//! A snippet.\n{body}\n"), &outside)
}

/// Each body must be found wrong, at this line, with this word in what is said.
#[track_caller]
fn breaks(path: &str, cases: &[(&str, usize, &str)]) {
    for (body, line, word) in cases {
        let found = tried(path, body);
        let at = format!("{path}:{line}: ");
        let hit = found
            .iter()
            .any(|violation| violation.strip_prefix(&at).is_some_and(|what| what.contains(word)));
        assert!(hit, "{body:?} breaks a rule with {word:?} at line {line}, but: {found:?}");
    }
}

#[track_caller]
fn keeps(path: &str, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(tried(path, body), Vec::<String>::new(), "{body:?}");
    }
}

#[test]
fn siblings_are_strangers_however_they_are_named() {
    breaks(
        "src/hub/names.rs",
        &[
            ("use crate::parser::command;", 2, "crate::parser"),
            ("use crate::{protocol::Name, store::Durability};", 2, "crate::store"),
            ("\nuse crate::{\n    protocol::Name,\n    reactor,\n};", 5, "crate::reactor"),
            ("use super::super::parser;", 2, "crate::parser"),
            ("fn f() { crate::auth::start() }", 2, "crate::auth"),
            ("use crate as all;\nfn f() { all::store::open() }", 3, "crate::store"),
            ("use crate::*;", 2, "crate::*"),
            ("use taifas::telnet::Telnet;", 2, "crate::telnet"),
            ("mod inner { use super::super::super::config; }", 2, "crate::config"),
            ("use crate::brand_new_module;", 2, "brand_new_module"),
        ],
    );
    keeps(
        "src/hub/names.rs",
        &[
            "use crate::{limits, protocol::{self, Name}};",
            "use super::rooms::Room;\nuse self::inner::X;\nfn f() { crate::hub::g() }",
            "mod tests { use super::*; use super::super::rooms; }",
            "// crate::parser is never named\nconst S: &str = \"use crate::parser;\";",
            "/* use mio; /* nested */ use crate::store; */ const C: char = '\"'; const R: &str = r#\"\"mio::\"#;",
        ],
    );
    keeps("src/hub/mod.rs", &["mod names;\npub use names::Names;\nmod tests { use super::*; }"]);
    for sibling in ["parser", "telnet", "store", "auth", "protocol", "limits"] {
        let path = format!("src/{sibling}/x.rs");
        breaks(&path, &[("use crate::hub::Hub;", 2, "crate::hub")]);
        keeps(&path, &["use crate::limits::Limits;\nuse crate::protocol::Name;"]);
    }
    for above in ["src/reactor/mod.rs", "src/main.rs", "src/config.rs", "src/lib.rs"] {
        keeps(
            above,
            &["use crate::{hub, parser, store};\nuse mio::Poll;\nuse std::net::TcpListener;"],
        );
    }
    breaks("src/cluster/mod.rs", &[("", 1, "no layer")]);
}

#[test]
fn the_core_has_no_io_and_no_clock() {
    breaks(
        "src/hub/mod.rs",
        &[
            ("use mio::Token;", 2, "mio"),
            ("use nom::Parser;", 2, "nom"),
            ("use ::nom::Parser;", 2, "nom"),
            ("fn f() { rusqlite::version() }", 2, "rusqlite"),
            ("fn f() { log::info!(\"x\") }", 2, "log"),
            ("use std::net::TcpStream;", 2, "std::net"),
            ("use std::{fmt, net::{IpAddr, UdpSocket}};", 2, "std::net"),
            ("use std::net::{self, IpAddr};", 2, "std::net"),
            ("use std::net as n;\nfn f() { n::TcpStream::connect(1) }", 3, "std::net"),
            ("use std::sync;\nfn f() { sync::mpsc::channel() }", 3, "std::sync::mpsc"),
            ("use std::*;", 2, "std::"),
            ("use std::sync::*;", 2, "std::sync::mpsc"),
            ("use std::thread;", 2, "std::thread"),
            ("fn f() { std::time::Instant::now(); }", 2, "std::time"),
        ],
    );
    keeps(
        "src/hub/mod.rs",
        &["use std::net::IpAddr;\nuse std::sync::Arc;\nuse std::fmt::{self, Write as _};"],
    );
    breaks(
        "src/protocol/x.rs",
        &[
            ("use nom::Parser;", 2, "nom"),
            ("use std::io::Read;", 2, "std::io"),
            ("use std::io::{Read, Write};", 2, "std::io"),
            ("use std::net::TcpStream;", 2, "std::net"),
            ("use std::net::SocketAddr;", 2, "std::net"),
            ("use std::time::Duration;", 2, "std::time"),
        ],
    );
    keeps("src/protocol/x.rs", &["use std::io::Write as _;\nuse std::net::IpAddr;"]);
    breaks("src/parser/x.rs", &[("use mio::Poll;", 2, "mio"), ("use std::io;", 2, "std::io")]);
    keeps("src/parser/x.rs", &["use nom::branch::alt;"]);
    breaks("src/store/x.rs", &[("use mio::Waker;", 2, "mio")]);
    keeps("src/store/x.rs", &["use rusqlite::Connection;\nuse std::thread;\nuse std::fs;"]);
    breaks("src/auth/x.rs", &[("use rusqlite::Connection;", 2, "rusqlite")]);
    breaks(
        "clients/desktop/src/app.rs",
        &[("use std::net::TcpStream;", 2, "std::net"), ("use taifas::parser;", 2, "crate::parser")],
    );
    breaks(
        "clients/client/src/lib.rs",
        &[("use egui::Ui;", 2, "egui"), ("use taifas::hub;", 2, "hub")],
    );
    keeps(
        "clients/client/src/lib.rs",
        &["use taifas::parser::server_line;\nuse crate::model::Room;"],
    );
}

#[test]
fn a_file_has_a_head_and_an_end() {
    let none: [String; 0] = [];
    let bare = check("src/hub/x.rs", "fn f() {}\n", &none);
    assert_eq!(bare, ["src/hub/x.rs:1: no //! on top; say what this file is and never does"]);
    let lines = |count: usize| format!("//! Long.\n{}", "//\n".repeat(count - 1));
    assert!(check("src/hub/x.rs", &lines(FILE_LINES), &none).is_empty());
    assert_eq!(check("src/hub/x.rs", &lines(FILE_LINES + 1), &none).len(), 1);
}

#[test]
fn one_word_for_one_thing() {
    breaks(
        "src/hub/x.rs",
        &[
            ("// The nick of a session.", 2, "name"),
            ("let nicknames = 1;", 2, "name"),
            ("struct SendQ;", 2, "outbox"),
            ("let send_queue = 1;", 2, "outbox"),
            ("// Now drop the client.", 2, "evict"),
            ("fn join_channel() {}", 2, "room"),
            ("const TEXT: &str = \"you left the channel\";", 2, "room"),
            ("struct EventLoop;", 2, "reactor"),
            ("// Kick out whoever is a slow consumer.", 2, "evict"),
        ],
    );
    breaks("src/store/x.rs", &[("// A channel of the store's.", 2, "room")]);
    keeps("src/store/x.rs", &["use std::sync::mpsc::{self, sync_channel};"]);
    keeps(
        "src/hub/x.rs",
        &["// Nickel and chatted: words of their own.", "let room = names.nth(1);"],
    );
}

#[test]
fn nothing_is_left_lying_about() {
    for left in LEFT_OVER {
        let body = format!("fn f() {{ {left}(1) }} // {left} later");
        breaks("src/hub/x.rs", &[(&body, 2, left)]);
    }
    keeps("src/hub/x.rs", &["// A mastodon; a todolist.", "let odbg = 1;"]);
}

#[test]
fn two_files_are_unsafe() {
    let body = "fn f() { unsafe { g() } }";
    breaks("src/hub/x.rs", &[(body, 2, "unsafe"), ("unsafe impl Send for X {}", 2, "unsafe")]);
    keeps("src/hub/x.rs", &["// Nothing here is unsafe.", "#![deny(unsafe_code)]"]);
    MAY_BE_UNSAFE.iter().for_each(|path| keeps(path, &[body]));
}
