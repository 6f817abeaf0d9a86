//! Every transcript of tests/transcripts, against the bare hub and against the real
//! binary, there plainly, by TLS and by telnet. `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` writes down what came
//! instead; read the difference before it is kept.

#![cfg(feature = "server")]

mod support;

use std::fs;

use support::{BareHub, Binary, By, Cut, Only};
use taifas::protocol::{Code, Verb};

/// A test for each transcript and backend, so that they run side by side.
macro_rules! transcripts {
    ($($name:ident)*) => {
        const LISTED: &[&str] = &[$(stringify!($name)),*];

        mod hub {
            $(#[test]
            fn $name() {
                super::against_the_hub(stringify!($name));
            })*
        }

        mod binary {
            $(#[test]
            fn $name() {
                super::against_the_binary(stringify!($name));
            })*
        }

        mod tls {
            $(#[test]
            fn $name() {
                super::over_tls(stringify!($name));
            })*
        }

        mod telnet_listener {
            $(#[test]
            fn $name() {
                super::by_telnet(stringify!($name));
            })*
        }
    };
}

transcripts! {
    accounts
    behind
    bans
    bans_address
    bans_end
    bans_many
    bom
    bounds
    chat
    disk_full
    foreign_http
    foreign_ssh
    foreign_tls
    forget
    forget_rooms
    from_one_address
    gap
    registering
    guests
    half_close
    help
    history
    history_long
    history_many
    kick
    kick_behind
    kick_rooms
    lines
    messages
    mute
    name_timeout
    name_timeout_short
    nonces
    notice
    operator
    operators
    order_disk_full
    passwd
    people
    pipelined
    presence
    prompts
    quit
    rate
    rate_clock
    recover
    restart
    rooms
    rooms_behind
    rooms_bounds
    rooms_disk_full
    rooms_last
    rooms_made_by_accounts
    rooms_made_by_everyone
    rooms_made_by_operators
    rooms_presence
    rooms_read
    search
    search_long
    search_many
    search_rooms
    server_full
    servers_name
    servers_name_older
    silent_program
    tagged
    talk
    telnet
    telnet_interrupt
    tells
    tells_away
    tells_behind
    tells_counted
    tells_disk_full
    tells_forgotten
    tells_guests
    tells_kicked
    tells_muted
    tells_no_rooms
    tells_removed
    too_long_then_wait
    topics
    topics_operators
    tries
    tries_wait
    whois
}

fn against_the_hub(name: &str) {
    let script = support::load(name);
    if script.plays_on(Only::Hub) {
        let mut hub = BareHub::new(&script.set, Cut::Nowhere);
        if support::updating() {
            let text = support::update(&script, &mut hub);
            fs::write(support::folder().join(format!("{name}.txt")), text).expect("writable");
        } else {
            support::play(&script, &mut hub);
        }
    }
}

fn against_the_binary(name: &str) {
    let script = support::load(name);
    if script.plays_on(Only::Binary) && !support::updating() {
        support::play(&script, &mut Binary::new(&script.set, By::Plain));
    }
}

fn over_tls(name: &str) {
    let script = support::load(name);
    if script.plays_on(Only::Binary) && !support::updating() {
        support::play(&script, &mut Binary::new(&script.set, By::Tls));
    }
}

/// Whose lines are something else on the telnet listener, because of a DEL and of ^C:
/// tests/telnet.rs has those.
const NOT_BY_TELNET: [&str; 2] = ["messages", "telnet_interrupt"];

fn by_telnet(name: &str) {
    let script = support::load(name);
    let same = !NOT_BY_TELNET.contains(&name);
    if same && script.plays_on(Only::Binary) && !support::updating() {
        support::play(&script, &mut Binary::new(&script.set, By::Telnet));
    }
}

#[test]
fn every_transcript_is_listed() {
    let mut listed: Vec<&str> = LISTED.to_vec();
    listed.sort_unstable();
    assert_eq!(support::names(), listed, "the list in this file and the files in the folder");
}

/// The codes that docs/PROTOCOL.md explains: those that people and programs know of.
fn explained_codes() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/PROTOCOL.md");
    let document = fs::read_to_string(path).expect("the document is readable");
    let (_, table) = document.split_once("\n## FAIL codes\n").expect("a section about codes");
    let (table, _) = table.split_once("\n## ").expect("another section behind it");
    let rows = table.lines().filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(code, _)| code.to_owned()).collect()
}

#[test]
fn every_code_has_a_transcript() {
    let scripts: Vec<_> = support::names().iter().map(|name| support::load(name)).collect();
    let given: Vec<&str> = scripts
        .iter()
        .flat_map(|script| script.expected())
        .filter_map(|line| line.strip_prefix("FAIL ")?.split(' ').nth(1))
        .collect();
    let codes = explained_codes();
    assert_eq!(codes, Code::ALL.map(Code::as_str), "those there are, in their order");
    for code in &codes {
        assert!(given.contains(&code.as_str()), "no transcript has FAIL … {code}");
    }
    let unknown = given.iter().find(|code| codes.iter().all(|known| known != **code));
    assert_eq!(unknown, None, "a code that is none");
}

#[test]
fn every_verb_has_a_transcript() {
    let scripts: Vec<_> = support::names().iter().map(|name| support::load(name)).collect();
    for verb in Verb::ALL {
        let typed = scripts.iter().flat_map(|script| script.typed());
        let words = typed.filter_map(|line| line.split([' ', '\\']).next());
        let used = words.filter(|word| word.eq_ignore_ascii_case(verb.as_str())).count();
        assert!(used > 0, "nobody types {verb}");
        // A MSG is answered by itself, a PONG by nothing.
        let ok = format!("OK {verb}");
        let expected = scripts.iter().flat_map(|script| script.expected());
        let answered = expected.filter(|line| line.starts_with(&ok)).count();
        assert_eq!(answered > 0, verb != Verb::Pong, "{verb} and its OK");
    }
}
