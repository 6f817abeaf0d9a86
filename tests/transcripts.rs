//! Every transcript of tests/transcripts, against the bare hub and against the real
//! binary, there plainly and by TLS. `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` writes down what came
//! instead; read the difference before it is kept.

#![cfg(feature = "server")]

mod support;

use std::fs;

use support::{BareHub, Binary, Cut, Only};
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
    server_full
    silent_program
    tagged
    talk
    telnet
    telnet_interrupt
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
        support::play(&script, &mut Binary::new(&script.set));
    }
}

fn over_tls(name: &str) {
    let script = support::load(name);
    if script.plays_on(Only::Binary) && !support::updating() {
        support::play(&script, &mut Binary::over_tls(&script.set));
    }
}

#[test]
fn every_transcript_is_listed() {
    let mut listed: Vec<&str> = LISTED.to_vec();
    listed.sort_unstable();
    assert_eq!(support::names(), listed, "the list in this file and the files in the folder");
}

#[test]
fn every_code_has_a_transcript() {
    let scripts: Vec<_> = support::names().iter().map(|name| support::load(name)).collect();
    let given: Vec<&str> = scripts
        .iter()
        .flat_map(|script| script.expected())
        .filter_map(|line| line.strip_prefix("FAIL ")?.split(' ').nth(1))
        .collect();
    for code in Code::ALL {
        assert!(given.contains(&code.as_str()), "no transcript has FAIL … {code}");
    }
    let unknown = given.iter().find(|code| Code::ALL.iter().all(|known| known.as_str() != **code));
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
