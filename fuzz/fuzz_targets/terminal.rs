//! What a telnet program sends: it means the same however it is cut, is never answered
//! with more than it said, and what is left of an edited line has no keys in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use taifas::telnet::{Terminal, edited};

/// What was typed, and what is answered.
fn take(reads: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let mut terminal = Terminal::default();
    let (mut typed, mut replies) = (Vec::new(), Vec::new());
    for (number, read) in reads.iter().enumerate() {
        let before = replies.len();
        terminal.take(read, &mut typed, &mut replies);
        assert!(replies.len() - before <= read.len() + 2, "more is answered than was said");
        match number % 3 {
            0 => terminal.hide(&mut replies),
            1 => terminal.show(&mut replies),
            _ => {}
        }
    }
    (typed, replies)
}

fuzz_target!(|reads: Vec<Vec<u8>>| {
    let (typed, _) = take(&reads);
    assert!(typed.len() <= 2 * reads.iter().map(Vec::len).sum::<usize>());
    if reads.len() <= 1 {
        let whole = reads.concat();
        let mut terminal = Terminal::default();
        let (mut by_byte, mut replies) = (Vec::new(), Vec::new());
        for byte in &whole {
            terminal.take(&[*byte], &mut by_byte, &mut replies);
        }
        assert_eq!(by_byte, typed);
    }
    for line in typed.split(|byte| *byte == b'\n') {
        if let Some(left) = edited(line) {
            let is_key = |byte: &u8| matches!(byte, 0x03 | 0x08 | 0x15 | 0x7f);
            assert!(!left.iter().any(is_key) && left.len() < line.len());
        }
    }
});
