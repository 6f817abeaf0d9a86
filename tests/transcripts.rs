//! Every transcript of tests/transcripts, against the bare hub and against the real
//! binary. `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` writes down what came
//! instead; read the difference before it is kept.

#![cfg(feature = "server")]

mod support;

use std::fs;

use support::{BareHub, Binary, Cut, Only};
use taifas::protocol::{Code, Verb};

/// Codes that nobody can be given yet: they come with more rooms than one.
const WITH_ROOMS: [Code; 0] = [];

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
    };
}

transcripts! {
    accounts
    behind
    bom
    bounds
    chat
    disk_full
    foreign_http
    foreign_ssh
    foreign_tls
    from_one_address
    gap
    guest_displaced
    guests
    half_close
    help
    history
    history_long
    history_many
    lines
    messages
    name_timeout
    name_timeout_short
    nonces
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
    room_elsewhere
    server_full
    silent_program
    tagged
    talk
    telnet
    telnet_interrupt
    tries
    tries_wait
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

#[test]
fn every_transcript_is_listed() {
    let mut listed: Vec<&str> = LISTED.to_vec();
    listed.sort_unstable();
    assert_eq!(support::names(), listed, "the list in this file and the files in the folder");
}
