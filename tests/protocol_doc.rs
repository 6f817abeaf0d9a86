//! docs/PROTOCOL.md is true: its examples are played against the bare hub and the real
//! binary, its syntax lines are the server's, and no verb, code or bound is missing.
//!
//! `UPDATE_TRANSCRIPTS=1 cargo test --test protocol_doc` writes down what came instead.

#![cfg(feature = "server")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::{BareHub, Binary, By, Cut, Script};
use taifas::limits::{self, Limits};
use taifas::protocol::{Code, Verb};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/PROTOCOL.md")
}

fn document() -> String {
    fs::read_to_string(path()).expect("docs/PROTOCOL.md is there")
}

/// What stands between fences of one kind: the number of its first line, and its text.
fn fenced(document: &str, kind: &str) -> Vec<(usize, String)> {
    let (open, mut found, mut inside) = (format!("```{kind}"), Vec::new(), false);
    for (number, line) in (1..).zip(document.lines()) {
        if !inside && line == open {
            inside = true;
            found.push((number + 1, String::new()));
        } else if line == "```" {
            inside = false;
        } else if let (true, Some((_, text))) = (inside, found.last_mut()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

fn examples() -> Vec<Script> {
    let examples: Vec<Script> = fenced(&document(), "taifas")
        .iter()
        .map(|(first, text)| Script::parse("docs/PROTOCOL.md", *first, text))
        .collect();
    assert!(examples.len() > Verb::ALL.len(), "only {} examples", examples.len());
    examples
}

#[test]
fn examples_against_the_hub() {
    if support::updating() {
        return update();
    }
    for script in examples() {
        support::play(&script, &mut BareHub::new(&script.set, Cut::Nowhere));
    }
}

#[test]
fn examples_against_the_binary() {
    if support::updating() {
        return;
    }
    for script in examples() {
        support::play(&script, &mut Binary::new(&script.set, By::Plain));
    }
}

/// Rewrites the examples with what came.
fn update() {
    let mut text = document();
    for script in examples() {
        let before: String = script.lines.iter().map(|line| format!("{}\n", line.text)).collect();
        let after = support::update(&script, &mut BareHub::new(&script.set, Cut::Nowhere));
        let (before, after) =
            [before, after].map(|example| format!("```taifas\n{example}```\n")).into();
        assert!(text.contains(&before));
        text = text.replace(&before, &after);
    }
    fs::write(path(), text).expect("writable");
}

/// The sections of the document by their headings, `## …` and `### …`.
fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let start = document.find(&format!("\n{heading}\n"));
    let start = start.unwrap_or_else(|| panic!("no section {heading}")) + heading.len() + 2;
    let level = heading.split(' ').next().expect("a heading has #");
    let rest = &document[start..];
    let ends = ["\n## ", "\n### "].iter().filter(|end| end.trim().len() <= level.len());
    let end = ends.filter_map(|end| rest.find(end)).min();
    &rest[..end.unwrap_or(rest.len())]
}

#[test]
fn every_verb_has_its_syntax_and_an_example() {
    let document = document();
    let table = section(&document, "## Commands");
    for verb in Verb::ALL {
        let row = format!("| [{verb}](#{}) | ", verb.as_str().to_lowercase());
        assert!(table.contains(&row), "{verb} in the table of commands");
        let section = section(&document, &format!("### {verb}"));
        let syntax = fenced(section, "syntax");
        assert_eq!(syntax.len(), 1, "{verb} has one syntax");
        assert_eq!(syntax[0].1.trim_end(), verb.usage());
        let examples = fenced(section, "taifas");
        assert!(!examples.is_empty(), "{verb} has an example");
        let typed = examples.iter().any(|(first, text)| {
            let script = Script::parse("docs/PROTOCOL.md", *first, text);
            script.typed().any(|line| line.starts_with(verb.as_str()))
        });
        assert!(typed, "{verb} is typed in its example");
    }
}

#[test]
fn every_code_is_explained_in_order() {
    let document = document();
    let table = section(&document, "## FAIL codes");
    let explained: Vec<&str> = table
        .lines()
        .filter_map(|row| row.strip_prefix("| `")?.split_once("` | ").map(|(code, _)| code))
        .collect();
    assert_eq!(explained, Code::ALL.map(Code::as_str));
}

#[test]
fn every_bound_is_what_it_is() {
    let document = document();
    let table = section(&document, "## Bounds");
    let l = Limits::default();
    let set = [
        ("connections", l.connections as u64),
        ("connections_per_address", l.connections_per_address.into()),
        ("new_connections_per_minute", l.new_connections_per_minute.into()),
        ("name_timeout_secs", l.name_timeout_secs),
        ("message_rate", l.message_rate.into()),
        ("message_burst", l.message_burst.into()),
        ("outbox_soft_bytes", l.outbox_soft_bytes as u64),
        ("outbox_hard_bytes", l.outbox_hard_bytes as u64),
        ("stall_timeout_secs", l.stall_timeout_secs),
        ("password_tries", l.password_tries.into()),
        ("hash_queue", l.hash_queue as u64),
        ("store_queue", l.store_queue as u64),
        ("rooms_per_session", l.rooms_per_session as u64),
        ("rooms", l.rooms as u64),
        ("bans", l.bans as u64),
        ("history_days", l.history_days.into()),
        ("history_messages", l.history_messages),
    ];
    for (key, value) in set {
        let row = table.lines().find(|row| row.starts_with(&format!("| `limits.{key}`")));
        let row = row.unwrap_or_else(|| panic!("limits.{key} is not in the table"));
        assert!(row.contains(&format!(" | {value} | ")), "{key} is {value}, but: {row}");
    }
    for (what, value) in [
        ("a line you send", format!("{} bytes", limits::LINE_BYTES)),
        ("a name", format!("{} bytes", limits::NAME_BYTES)),
        ("a mark", format!("{} bytes", limits::NONCE_BYTES)),
        ("how long a mark", format!("{} hours", limits::NONCE_KEPT_MS / 3_600_000)),
        ("a password", format!("{} characters", limits::PASSWORD_CHARS_MIN)),
        ("a `PING` token", format!("{} bytes", limits::TOKEN_BYTES)),
        ("a reason", format!("{} bytes", limits::REASON_BYTES)),
        ("sessions in one answer", format!("{} lines", limits::WHOIS_SESSIONS)),
        ("lines in one answer", format!("{} lines", limits::HISTORY_LINES)),
        ("bytes in one answer", format!("{} bytes", limits::HISTORY_BYTES)),
        ("lines shown on entering", format!("{} lines", limits::ENTRY_LINES)),
        ("a topic", format!("{} bytes", limits::TOPIC_BYTES)),
        ("a line of names", format!("{} bytes", limits::NAMES_LINE_BYTES)),
        ("presence is gathered", format!("{} ms", limits::PRESENCE_GATHER_MS)),
        ("silence before", format!("{} s", limits::PING_AFTER_MS / 1000)),
    ] {
        let row = table.lines().find(|row| row.starts_with(&format!("| {what}")));
        let row = row.unwrap_or_else(|| panic!("{what} is not in the table"));
        assert!(row.contains(&format!(" | {value} |")), "{what}: {value}, but: {row}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let document = document();
    let anchors: Vec<String> = document
        .lines()
        .filter(|line| line.starts_with("##"))
        .map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"))
        .collect();
    let links: Vec<&str> = document
        .split("](#")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
        .collect();
    assert!(links.len() > Verb::ALL.len());
    for link in links {
        assert!(anchors.iter().any(|anchor| anchor == link), "#{link} leads nowhere");
    }
}
