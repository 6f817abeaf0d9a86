//! What a client sends, from bytes to commands: it reads the same however it is cut, and
//! nothing is kept but part of a line.

#![no_main]

#[path = "../../tests/parser_kit/mod.rs"]
mod parser_kit;

use libfuzzer_sys::fuzz_target;
use parser_kit::{CHAT, PLAIN, TAGGED, read_cut};
use taifas::parser::{Mode, sniff};

fuzz_target!(|input: (u8, Vec<u16>, &[u8])| {
    let (mode, cuts, bytes) = input;
    let mode = [PLAIN, CHAT, TAGGED][usize::from(mode % 3)];
    let mut cuts: Vec<usize> =
        cuts.into_iter().map(|cut| usize::from(cut) % (bytes.len() + 1)).collect();
    cuts.sort_unstable();
    assert_eq!(told(bytes, &cuts, mode), told(bytes, &[], mode));
    sniff(bytes);
});

/// What is asked by telnet commands, and the lines: of one read, those come first.
fn told(bytes: &[u8], cuts: &[usize], mode: Mode) -> (Vec<String>, Vec<String>) {
    read_cut(bytes, cuts, mode).into_iter().partition(|seen| seen.starts_with("asked "))
}
