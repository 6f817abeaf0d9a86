//! What real programs say at their start and around a password, cut everywhere.

use super::*;

/// What the program says, or what is done about it.
#[derive(Debug, Clone, Copy)]
enum Do {
    Take(&'static [u8]),
    Hide,
    Show,
}
use Do::{Hide, Show, Take};

/// What was typed and what was replied in the end.
fn play(script: &[Do], cut: impl Fn(usize) -> bool) -> (Vec<u8>, Vec<u8>, Taken) {
    let (mut terminal, mut typed, mut replies) = (Terminal::default(), Vec::new(), Vec::new());
    let mut all = Taken::default();
    for what in script {
        match what {
            Hide => terminal.hide(&mut replies),
            Show => terminal.show(&mut replies),
            Take(bytes) => {
                let mut from = 0;
                for to in (1..bytes.len()).filter(|at| cut(*at)).chain([bytes.len()]) {
                    let taken = terminal.take(&bytes[from..to], &mut typed, &mut replies);
                    all.asked += taken.asked;
                    all.are_you_there |= taken.are_you_there;
                    all.shows |= taken.shows;
                    from = to;
                }
            }
        }
    }
    (typed, replies, all)
}

/// However it is cut, the same comes of it.
fn comes(script: &[Do], typed: &[u8], replies: &[u8]) -> Taken {
    let whole = play(script, |_| false);
    assert_eq!(whole, (typed.to_vec(), replies.to_vec(), whole.2), "{script:?}");
    assert_eq!(play(script, |_| true), whole, "{script:?} byte by byte");
    for first in 1..40 {
        for second in first..40 {
            let cut = play(script, |at| at == first || at == second);
            assert_eq!(cut, whole, "{script:?} cut at {first} and {second}");
        }
    }
    whole.2
}

#[test]
fn nobody_is_told_anything_before_a_secret() {
    comes(&[Take(b"NAME ana\r\nMSG hi\r\0TERMS\n")], b"NAME ana\r\nMSG hi\r\0TERMS\n", b"");
    comes(&[Show], b"", b"");
}

#[test]
fn bsd_telnet_at_a_password() {
    // It agrees, and again to the end of it.
    let script = [
        Take(b"LOGIN ana\r\n"),
        Hide,
        Take(b"\xff\xfd\x01hunter2!\r\n"),
        Show,
        Take(b"\xff\xfe\x01WHO\r\n"),
    ];
    let replies = b"\xff\xfb\x01\r\n\xff\xfc\x01";
    assert!(!comes(&script, b"LOGIN ana\r\nhunter2!\r\nWHO\r\n", replies).shows);
    // Its answer to the end of one secret may come behind the beginning of the next.
    let script = [
        Hide,
        Take(b"\xff\xfd\x01x\r\n"),
        Show,
        Hide,
        Take(b"\xff\xfe\x01\xff\xfd\x01y\r\n"),
        Show,
    ];
    assert!(!comes(&script, b"x\r\ny\r\n", &[&replies[..], replies].concat()).shows);
}

#[test]
fn between_two_secrets_the_echo_stays_off() {
    let script = [
        Hide,
        Take(b"\xff\xfd\x01old\r\n"),
        Hide,
        Take(b"new\r\n"),
        Show,
        Take(b"\xff\xfe\x01"),
        Hide,
        Take(b"\xff\xfd\x01"),
    ];
    comes(&script, b"old\r\nnew\r\n", b"\xff\xfb\x01\r\n\r\n\xff\xfc\x01\xff\xfb\x01");
}

#[test]
fn who_does_not_agree_shows_the_return_itself() {
    let script = [Hide, Take(b"\xff\xfe\x01x\r\n"), Show];
    assert!(comes(&script, b"x\r\n", b"\xff\xfb\x01\xff\xfc\x01").shows);
    comes(&[Hide, Take(b"x\r\n"), Show], b"x\r\n", b"\xff\xfb\x01\xff\xfc\x01");
    // Changed its mind.
    let script = [Hide, Take(b"\xff\xfd\x01\xff\xfe\x01x\r\n"), Show];
    comes(&script, b"x\r\n", b"\xff\xfb\x01\xff\xfc\x01");
}

#[test]
fn answers_that_come_late_are_answered_by_nothing_that_shows_a_secret() {
    let script = [Hide, Show, Hide, Take(b"\xff\xfd\x01\xff\xfe\x01\xff\xfd\x01x\r\n"), Show];
    let replies = b"\xff\xfb\x01\xff\xfc\x01\xff\xfb\x01\r\n\xff\xfc\x01";
    comes(&script, b"x\r\n", replies);
    // An agreement to what is over: once more that it is over, and that is the last word.
    let script = [Hide, Show, Take(b"\xff\xfd\x01\xff\xfe\x01\xff\xfd\x01")];
    comes(&script, b"", b"\xff\xfb\x01\xff\xfc\x01\xff\xfc\x01");
}

#[test]
fn putty_wants_seven_things_and_gets_none() {
    // NAWS, TSPEED, TTYPE, NEW-ENVIRON; ECHO; SGA, both ways; then OLD-ENVIRON instead.
    let opening = b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18\xff\xfb\x27\xff\xfd\x01\xff\xfb\x03\xff\xfd\x03\xff\xfb\x24";
    let replies = b"\xff\xfe\x1f\xff\xfe\x20\xff\xfe\x18\xff\xfe\x27\xff\xfc\x01\xff\xfe\x03\xff\xfc\x03\xff\xfe\x24";
    assert_eq!(comes(&[Take(opening)], b"", replies).asked, 8);
    // Its echo can still be turned off, and it is refused once, however it insists.
    let script = [Take(opening), Take(opening), Hide, Take(b"\xff\xfd\x01x\r\n"), Show];
    comes(&script, b"x\r\n", &[&replies[..], b"\xff\xfb\x01\r\n\xff\xfc\x01"].concat());
}

#[test]
fn busybox_offers_its_terminal_and_window_once_it_is_asked_for_quiet() {
    let script = [
        Hide,
        Take(b"\xff\xfd\x01\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x18\xff\xf0pw\x7f\r\0"),
        Show,
    ];
    let replies = b"\xff\xfb\x01\xff\xfe\x18\xff\xfe\x1f\r\n\xff\xfc\x01";
    comes(&script, b"pw\x7f\r\0", replies);
}

#[test]
fn busybox_goes_dark_only_once() {
    let script = [Hide, Take(b"\xff\xfd\x01x\r\n"), Show, Take(b"\xff\xfe\x01"), Hide];
    let replies = b"\xff\xfb\x01\r\n\xff\xfc\x01\xff\xfb\x01";
    assert!(!comes(&script, b"x\r\n", replies).shows);
    let refused = Take(b"\xff\xfe\x01");
    assert!(comes(&[&script[..], &[refused]].concat(), b"x\r\n", replies).shows);
}

#[test]
fn an_option_is_refused_once_each_way_and_all_of_them_are() {
    let (mut terminal, mut typed, mut replies) = (Terminal::default(), Vec::new(), Vec::new());
    for _ in 0..3 {
        for option in (0..=255).filter(|option| *option != TIMING_MARK && *option != b'\n') {
            for verb in [DO, WILL, DONT, WONT] {
                terminal.take(&[IAC, verb, option], &mut typed, &mut replies);
            }
        }
    }
    assert_eq!((typed.len(), replies.len()), (0, 254 * 2 * 3));
    assert_eq!(replies[..6], [IAC, WONT, 0, IAC, DONT, 0]);
}

#[test]
fn a_timing_mark_is_given_each_time() {
    // ^C of BSD telnet: what is typed is taken back, and output may go on.
    let script = [Take(b"MSG wro\xff\xf4\xff\xfd\x06WHO\r\n"), Take(b"\xff\xfd\x06")];
    comes(&script, b"MSG wro\x03\nWHO\r\n", b"\xff\xfc\x06\xff\xfc\x06");
    comes(&[Take(b"\xff\xfb\x06\xff\xfb\x06\xff\xfc\x06")], b"", b"\xff\xfe\x06");
}

#[test]
fn what_is_not_text_becomes_the_key_that_it_stands_for() {
    let taken = comes(
        &[Take(b"a\xff\xf7b\xff\xf8c\xff\xf3d\xff\xf4e\x03f")],
        b"a\x7fb\x15c\x03\nd\x03\ne\x03\nf",
        b"",
    );
    assert_eq!(taken, Taken { asked: 4, ..Taken::default() });
    // NOP, DM, AO, GA and the end of nothing.
    let taken =
        comes(&[Take(b"a\xff\xf1\xff\xf2\xff\xf5\xff\xf9\xff\xf0b\xff\xff")], b"ab\xff", b"");
    assert_eq!(taken, Taken::default());
    assert!(comes(&[Take(b"x\xff\xf6y")], b"xy", b"").are_you_there);
}

#[test]
fn a_flood_is_answered_with_less_than_it_is() {
    let flood: Vec<u8> = [IAC, DO, TIMING_MARK, IAC, WILL, 24, IAC, DO, 1].repeat(10_000);
    let (mut terminal, mut typed, mut replies) = (Terminal::default(), Vec::new(), Vec::new());
    let taken = terminal.take(&flood, &mut typed, &mut replies);
    assert_eq!((taken.asked, typed.len()), (30_000, 0));
    assert_eq!(replies.len(), 3 * 10_000 + 3 + 3);
    // A subnegotiation, however long, is nothing at all.
    let sub: Vec<u8> = [&[IAC, 250, 24][..], &[b'x'; 100_000], &[IAC, 240]].concat();
    assert_eq!(terminal.take(&sub, &mut typed, &mut replies), Taken::default());
    assert!(typed.is_empty());
    assert!(size_of::<Terminal>() <= 80);
}
