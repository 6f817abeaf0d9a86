//! Framing: the three ends, the bound, the byte order mark, and every way in which
//! reads can cut them.

mod parser_kit;

use parser_kit::{CHAT, PLAIN, Reader, TAGGED, read_cut};
use taifas::limits::LINE_BYTES;
use taifas::parser::{Frame, Framer};

const ENDS: [&[u8]; 3] = [b"\n", b"\r\n", b"\r\0"];

/// Short inputs of every kind that the framer, telnet and the parser tell apart.
const SAMPLES: [&[u8]; 22] = [
    b"NAME ana\nMSG hi\nQUIT\n",
    b"NAME ana\r\nMSG hi\r\nQUIT\r\n",
    b"NAME ana\r\0MSG hi\r\0QUIT\r\0",
    b"TERMS\nTERMS\r\nTERMS\r\0TERMS\n",
    b"\n\n\r\n\r\0\nTERMS\n\n",
    b"TERMS\r\n\r\nTERMS\r\n\r\n",
    b"MSG a\rb\nTERMS\n",
    b"MSG a\r\rb\r\r\nTERMS\r\r\0TERMS\n",
    b"\r\r\r\n\r",
    b"MSG a\0b\n\0TERMS\n",
    b"\xef\xbb\xbfTERMS\nTERMS\n",
    b"\xef\xbb\xbf\nTERMS\n",
    b"\xef\xbb\xbf\xef\xbb\xbfTERMS\n\xef\xbb\xbfTERMS\n",
    b"\xef\xbbTERMS\nTERMS\n",
    b"\xff\xfb\x1f\xef\xbb\xbfTERMS\n",
    b"MSG \xc4\x83\xe2\x80\xa8\xf0\x9f\x91\x8d\nMSG \xf0\x9f\x91\x8d\n",
    b"MSG \xc3\nMSG \xff\xff\nTERMS\n",
    b"M\xff\xf1SG hi\xff\xf4\xff\xfd\x06\r\xff\xf1\0TERMS\n",
    b"\xff\xfa\x18\n\r\0\xff\xff\xff\xf0TERMS\n\xff\xf6",
    b"@nonce=a MSG #lobby :hi\n/who #lobby\n",
    b"PASSWD old ne w\r\nLOGIN ana :pass\r\0",
    b"TERMS\nan end that never comes",
];

#[test]
fn every_cut_and_every_two_cuts_read_the_same() {
    for mode in [PLAIN, TAGGED, CHAT] {
        for input in SAMPLES {
            let whole = read_cut(input, &[], mode);
            for first in 0..=input.len() {
                for second in first..=input.len() {
                    let cut = read_cut(input, &[first, second], mode);
                    // Questions of telnet are asked when they come, before the line
                    // around them ends: their place among the lines is the read's.
                    assert_eq!(sorted(&cut), sorted(&whole), "{input:?} {first} {second}");
                    assert_eq!(lines(&cut), lines(&whole), "{input:?} {first} {second}");
                }
            }
            let bytewise: Vec<usize> = (1..input.len()).collect();
            assert_eq!(lines(&read_cut(input, &bytewise, mode)), lines(&whole), "{input:?}");
        }
    }
}

fn lines(seen: &[String]) -> Vec<&String> {
    seen.iter().filter(|line| !line.starts_with("asked")).collect()
}

fn sorted(seen: &[String]) -> Vec<&String> {
    let mut seen: Vec<&String> = seen.iter().collect();
    seen.sort();
    seen
}

#[test]
fn what_the_samples_say() {
    let want: [&[&str]; 22] = [
        &["NAME ana", "MSG none \"hi\" none", "QUIT"],
        &["NAME ana", "MSG none \"hi\" none", "QUIT"],
        &["NAME ana", "MSG none \"hi\" none", "QUIT"],
        &["TERMS", "TERMS", "TERMS", "TERMS"],
        &["-", "-", "-", "-", "-", "TERMS", "-"],
        &["TERMS", "-", "TERMS", "-"],
        &["FAIL MSG BAD_CHARACTER", "TERMS"],
        &["FAIL MSG BAD_CHARACTER", "FAIL LINE UNKNOWN_COMMAND", "TERMS"],
        &["FAIL LINE UNKNOWN_COMMAND"],
        &["FAIL MSG BAD_CHARACTER", "FAIL LINE UNKNOWN_COMMAND"],
        &["TERMS", "TERMS"],
        &["-", "TERMS"],
        &["FAIL LINE UNKNOWN_COMMAND", "FAIL LINE UNKNOWN_COMMAND"],
        &["FAIL LINE NOT_UTF8", "TERMS"],
        &["TERMS"],
        &["FAIL MSG BAD_CHARACTER", "MSG none \"👍\" none"],
        &["FAIL LINE NOT_UTF8", "FAIL LINE NOT_UTF8", "TERMS"],
        &["asked timing mark", "MSG none \"hi\" none", "TERMS"],
        &["asked are you there", "TERMS"],
        &["FAIL MSG PARAMS", "WHO #lobby"],
        &["PASSWD \"old\" \"ne w\"", "LOGIN ana \"pass\""],
        &["TERMS"],
    ];
    for (input, want) in SAMPLES.into_iter().zip(want) {
        assert_eq!(read_cut(input, &[], PLAIN), want, "{input:?}");
    }
}

/// What a fresh framer makes of the whole input, content by content; `None` is one
/// that was too long.
fn frames(mut framer: Framer, input: &[u8], cuts: &[usize]) -> Vec<Option<Vec<u8>>> {
    let (mut found, mut kept, mut from) = (Vec::new(), Vec::new(), 0);
    for &cut in cuts.iter().chain([&input.len()]) {
        kept.extend_from_slice(&input[from..cut]);
        from = cut;
        loop {
            let (frame, used) = framer.next(&kept);
            match frame {
                Frame::Line(line) => found.push(Some(line.to_vec())),
                Frame::TooLong => found.push(None),
                Frame::Partial => {}
            }
            let partial = frame == Frame::Partial;
            kept.drain(..used);
            if partial {
                break;
            }
        }
    }
    found
}

/// Every length around the bound, with each end, however it is cut around the bound.
fn bound(framer: Framer, line_bytes: usize) {
    for end in ENDS {
        for total in line_bytes - 2..=line_bytes + 3 {
            let content = vec![b'x'; total - end.len()];
            let input = [&content[..], end, b"next\n"].concat();
            let line = (total <= line_bytes).then_some(content);
            let want = vec![line, Some(b"next".to_vec())];
            assert_eq!(frames(framer, &input, &[]), want, "{end:?} {total}");
            for first in line_bytes - 4..input.len() {
                for second in first..input.len() {
                    let got = frames(framer, &input, &[first, second]);
                    assert_eq!(got, want, "{end:?} {total} {first} {second}");
                }
            }
        }
    }
}

#[test]
fn the_bound_of_a_clients_line_at_one_less_exactly_and_one_more() {
    bound(Framer::default(), LINE_BYTES);
}

#[test]
fn a_client_may_read_longer_lines() {
    bound(Framer::bounded(2 * LINE_BYTES), 2 * LINE_BYTES);
}

#[test]
fn a_line_without_an_end_is_too_long_as_soon_as_it_is_certain() {
    for last in [b'x', b'\r'] {
        let mut framer = Framer::default();
        let mut bytes = vec![b'x'; LINE_BYTES - 1];
        assert_eq!(framer.next(&bytes), (Frame::Partial, 0));
        bytes.push(last);
        assert_eq!(framer.next(&bytes), (Frame::TooLong, LINE_BYTES));
    }
}

#[test]
fn a_line_that_is_too_long_is_said_once_and_nothing_of_it_is_kept() {
    for end in ENDS {
        let mut reader = Reader::new(PLAIN);
        for _ in 0..100 {
            // A lone CR, at the end of a read too, ends nothing.
            reader.feed(&[&[b'x'; 1500][..], b"\ry\r"].concat());
            assert!(reader.seen.len() <= 1);
            assert!(reader.seen.is_empty() || reader.kept() == 0);
        }
        reader.feed(end);
        reader.feed(b"TERMS\n");
        assert_eq!(reader.seen, ["too long", "TERMS"], "{end:?}");
    }
}

#[test]
fn what_is_discarded_ends_wherever_its_end_is_cut() {
    for end in ENDS {
        let input = [&[b'x'; LINE_BYTES + 10][..], end, b"\0TERMS\n", end, b"TERMS\n"].concat();
        let whole = read_cut(&input, &[], PLAIN);
        assert_eq!(whole[0], "too long");
        assert_eq!(whole.len(), 4, "{whole:?}");
        for first in LINE_BYTES..input.len() {
            for second in first..input.len() {
                let got = read_cut(&input, &[first, second], PLAIN);
                assert_eq!(got, whole, "{end:?} {first} {second}");
            }
        }
    }
}

#[test]
fn the_byte_order_mark_does_not_count() {
    let content = vec![b'x'; LINE_BYTES - 1];
    let input = [&b"\xef\xbb\xbf"[..], &content, b"\n"].concat();
    assert_eq!(frames(Framer::default(), &input, &[]), [Some(content.clone())]);
    assert_eq!(frames(Framer::default(), &input, &[2, LINE_BYTES]), [Some(content)]);
}

#[test]
fn nothing_is_searched_twice() {
    // The bytes that were searched already are changed behind the framer's back, which
    // no caller may do: one that searched them again would find the end in them.
    let mut framer = Framer::default();
    assert_eq!(framer.next(b"abcd"), (Frame::Partial, 0));
    assert_eq!(framer.next(b"\n\r\0defg"), (Frame::Partial, 0));
    assert_eq!(framer.next(b"\n\r\0d\nfgh\n"), (Frame::Line(b"\n\r\0d\nfgh"), 9));

    // The last CR alone may become half of an end.
    let mut framer = Framer::default();
    assert_eq!(framer.next(b"abc\r"), (Frame::Partial, 0));
    assert_eq!(framer.next(b"\r\0c\r\0"), (Frame::Line(b"\r\0c"), 5));

    // A search for LF that went past lines with CR NUL is not made again for each.
    let mut framer = Framer::default();
    assert_eq!(framer.next(b"abc\r\0def\r\0gh"), (Frame::Line(b"abc"), 5));
    assert_eq!(framer.next(b"d\nf\r\0gh"), (Frame::Line(b"d\nf"), 5));
    assert_eq!(framer.next(b"gh\n"), (Frame::Line(b"gh"), 3));
}

#[test]
fn it_is_small() {
    assert!(size_of::<Framer>() <= 32, "{}", size_of::<Framer>());
}
