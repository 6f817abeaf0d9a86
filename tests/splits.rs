//! However the network cuts what people type, they are answered alike: every
//! transcript again, cut behind every byte, byte by byte, and in bursts.
//!
//! Against the bare hub, through framer, telnet and parser as the reactor calls them.

#![cfg(feature = "server")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};

use support::{BareHub, Cut, Only, Script, Step};

/// Every transcript that a bare hub can be put through.
fn scripts() -> Vec<Script> {
    let all = support::names().into_iter().map(|name| support::load(&name));
    let scripts: Vec<Script> = all.filter(|script| script.plays_on(Only::Hub)).collect();
    assert!(scripts.len() > 1, "no transcripts were found");
    scripts
}

fn play_cut(script: &Script, cut: Cut) {
    let played = catch_unwind(AssertUnwindSafe(|| {
        support::play(script, &mut BareHub::new(&script.set, cut));
    }));
    assert!(played.is_ok(), "{} fails with its input cut {cut:?}", script.path);
}

/// The length of the longest thing that is sent at once.
fn longest(script: &Script) -> usize {
    let sent = script.lines.iter().filter_map(|line| match &line.step {
        Step::Send { text, .. } => Some(text.fill(&Default::default()).len() + 1),
        _ => None,
    });
    sent.max().unwrap_or(0)
}

/// Behind the first byte of each line, behind the second, and so on. A line longer
/// than these is one of `x` 4,000 times; its ends are cut as well.
const CUT_BEHIND: usize = 160;

#[test]
fn every_cut_of_every_line() {
    for script in scripts() {
        let longest = longest(&script);
        for at in (1..longest.min(CUT_BEHIND)).chain(longest.saturating_sub(12)..longest) {
            play_cut(&script, Cut::At(at));
        }
    }
}

#[test]
fn byte_by_byte() {
    for script in scripts() {
        play_cut(&script, Cut::Everywhere);
    }
}

#[test]
fn in_bursts() {
    let mut played = 0;
    for script in scripts().iter().filter_map(support::burst) {
        support::play_bursts(&script, &mut BareHub::new(&script.set, Cut::Nowhere));
        support::play_bursts(&script, &mut BareHub::new(&script.set, Cut::Everywhere));
        for at in 1..CUT_BEHIND {
            support::play_bursts(&script, &mut BareHub::new(&script.set, Cut::At(at)));
        }
        played += 1;
    }
    assert!(played > 5, "only {played} transcripts can be played in bursts");
}
