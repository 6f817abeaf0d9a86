//! Noise: seeded, the seed printed first, so that a failure can be had again with
//! `NOISE_SEED=<seed>`. What holds for every input is asserted where the input goes
//! through, in the kit's reader; here it must also read the same however it is cut.

mod parser_kit;

use parser_kit::{CHAT, Noise, PLAIN, TAGGED, read, read_cut};
use taifas::limits::LINE_BYTES;
use taifas::parser::{Mode, ServerLine, Sniff, server_line, sniff};

/// The pieces that mean something to telnet, the framer or the parser.
const PIECES: [&[u8]; 48] = [
    b"\n",
    b"\r\n",
    b"\r\0",
    b"\r",
    b"\0",
    b"\t",
    b" ",
    b"  ",
    b":",
    b" :",
    b"#",
    b"@",
    b"/",
    b";",
    b"=",
    b"\xff",
    b"\xff\xff",
    b"\xff\xf6",
    b"\xff\xfd\x06",
    b"\xff\xfa",
    b"\xff\xf0",
    b"\xfb",
    b"\xef\xbb\xbf",
    b"\xc4\x83",
    b"\xc4",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x91\x8d",
    b"\x1b[2J",
    b"NAME ",
    b"MSG ",
    b"msg #lobby ",
    b"HISTORY ",
    b"AFTER ",
    b"BEFORE ",
    b"18446744073709551616",
    b"0",
    b"REGISTER ",
    b"PASSWD ",
    b"RECOVER ana ",
    b"@nonce=a-1 ",
    b"msgid=",
    b"ana",
    b"#lobby",
    b"OK ",
    b"FAIL ",
    b":ana MSG ",
    b"TAGS ON",
    b"PING ",
];

fn seed() -> u64 {
    let seed = match std::env::var("NOISE_SEED") {
        Ok(seed) => seed.parse().expect("NOISE_SEED is a number"),
        Err(_) => std::process::id().into(),
    };
    println!("NOISE_SEED={seed}");
    seed
}

/// Up to `pieces` pieces, now and then a raw byte or a line's worth of filling.
fn input(noise: &mut Noise, pieces: usize) -> Vec<u8> {
    let mut input = Vec::new();
    for _ in 0..noise.below(pieces) {
        match noise.below(200) {
            0 => input.resize(input.len() + LINE_BYTES - 8 + noise.below(16), b'x'),
            1..20 => input.push(noise.below(256) as u8),
            _ => input.extend_from_slice(noise.pick(&PIECES)),
        }
    }
    input
}

/// The lines; telnet's questions may come earlier or later among them.
fn lines(seen: Vec<String>) -> Vec<String> {
    seen.into_iter().filter(|line| !line.starts_with("asked")).collect()
}

#[test]
fn noise_reads_the_same_however_it_is_cut() {
    let mut noise = Noise::new(seed());
    for round in 0..30_000 {
        let bytes = input(&mut noise, 60);
        let mode = noise.pick(&[PLAIN, TAGGED, CHAT, Mode { chat: true, tagged: true }]);
        let whole = lines(read_cut(&bytes, &[], mode));
        let mut cuts: Vec<usize> =
            (0..noise.below(8)).map(|_| noise.below(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let cut = lines(read_cut(&bytes, &cuts, mode));
        assert_eq!(cut, whole, "round {round}: {bytes:?} cut at {cuts:?}");
    }
}

#[test]
fn a_noisy_line_is_answered_or_ignored_but_never_more() {
    let mut noise = Noise::new(seed());
    for _ in 0..100_000 {
        let bytes = input(&mut noise, 10);
        for mode in [PLAIN, TAGGED, CHAT] {
            let got = read(&bytes, mode);
            let blank = bytes.iter().all(|b| matches!(b, b' ' | b'\t'));
            assert!(!blank || got == "-", "{bytes:?}: {got}");
            let utf8 = std::str::from_utf8(&bytes).is_ok();
            assert_eq!(got == "FAIL LINE NOT_UTF8", !utf8, "{bytes:?}: {got}");
        }
        if let (Sniff::Yes(_), Some((_, shorter))) = (sniff(&bytes), bytes.split_last()) {
            assert!(sniff(shorter) != Sniff::No, "{bytes:?}");
        }
    }
}

#[test]
fn noise_from_a_server_is_a_line_or_is_none() {
    let mut noise = Noise::new(seed());
    let mut understood = 0;
    for _ in 0..100_000 {
        let bytes = input(&mut noise, 8);
        match server_line(&bytes) {
            Ok(ServerLine::Event { source, verb, params, .. }) => {
                understood += 1;
                assert!(!source.is_empty() && !source.contains(' ') && !verb.is_empty());
                assert!(params.iter().all(|word| !word.is_empty() && !word.starts_with(':')));
            }
            Ok(_) => understood += 1,
            Err(_) => {}
        }
    }
    assert!(understood > 1_000, "the noise has lost its meaning: {understood}");
}
