//! What is no client of ours: TLS, HTTP and SSH, known by their first bytes.
//!
//! Such a connection is told in one line what this port is and closed, instead of
//! being answered with a FAIL for every line of noise. Only the first bytes of a
//! connection are ever looked at. The reactor calls it, before framing.

use nom::branch::alt;
use nom::bytes::streaming::tag;
use nom::combinator::value;
use nom::{Err, IResult, Parser};

/// A protocol that is not spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// A TLS hello.
    Tls,
    /// A browser, a proxy, a scanner.
    Http,
    /// An SSH client.
    Ssh,
}

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sniff {
    /// None of those.
    No,
    /// They may yet be one of those: ask again with more bytes, or take it for
    /// [`Sniff::No`] at the end of input.
    Maybe,
    /// One of those.
    Yes(Foreign),
}

/// Looks at the first bytes of a connection, from the very first on. At most 12
/// bytes are needed to settle it.
pub fn sniff(first: &[u8]) -> Sniff {
    match alt((tls, http, ssh)).parse(first) {
        Ok((_, foreign)) => Sniff::Yes(foreign),
        Err(Err::Incomplete(_)) => Sniff::Maybe,
        Err(_) => Sniff::No,
    }
}

/// `0x16 0x03`: a handshake record of SSL 3.0 up to TLS 1.3 (RFC 8446, 5.1).
fn tls(input: &[u8]) -> IResult<&[u8], Foreign> {
    value(Foreign::Tls, tag(&b"\x16\x03"[..])).parse(input)
}

/// `method SP` (RFC 9110, 9; PATCH of RFC 5789), or HTTP/2's preface.
///
/// In upper case only, as HTTP wants it. None of these words is a verb of ours, and
/// none is the beginning of another, so that the first one to ask for more bytes is
/// the only one that can match.
fn http(input: &[u8]) -> IResult<&[u8], Foreign> {
    let method = alt((
        tag(&b"GET "[..]),
        tag(&b"HEAD "[..]),
        tag(&b"POST "[..]),
        tag(&b"PUT "[..]),
        tag(&b"DELETE "[..]),
        tag(&b"CONNECT "[..]),
        tag(&b"OPTIONS "[..]),
        tag(&b"TRACE "[..]),
        tag(&b"PATCH "[..]),
        tag(&b"PRI * HTTP/2"[..]),
    ));
    value(Foreign::Http, method).parse(input)
}

/// `SSH-` (RFC 4253, 4.2).
fn ssh(input: &[u8]) -> IResult<&[u8], Foreign> {
    value(Foreign::Ssh, tag(&b"SSH-"[..])).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Verb;

    const FOREIGN: [(&[u8], Foreign); 13] = [
        (b"\x16\x03", Foreign::Tls),
        (b"GET ", Foreign::Http),
        (b"HEAD ", Foreign::Http),
        (b"POST ", Foreign::Http),
        (b"PUT ", Foreign::Http),
        (b"DELETE ", Foreign::Http),
        (b"CONNECT ", Foreign::Http),
        (b"OPTIONS ", Foreign::Http),
        (b"TRACE ", Foreign::Http),
        (b"PATCH ", Foreign::Http),
        (b"PRI * HTTP/2", Foreign::Http),
        (b"SSH-", Foreign::Ssh),
        (b"\x16\x03\x01\x02\x00", Foreign::Tls),
    ];

    #[test]
    fn each_is_known_at_its_last_byte_and_not_before() {
        for (bytes, foreign) in FOREIGN.into_iter().take(12) {
            for len in 0..bytes.len() {
                assert_eq!(sniff(&bytes[..len]), Sniff::Maybe, "{bytes:?} {len}");
            }
            assert_eq!(sniff(bytes), Sniff::Yes(foreign), "{bytes:?}");
        }
        let (hello, foreign) = FOREIGN[12];
        assert_eq!(sniff(hello), Sniff::Yes(foreign));
    }

    #[test]
    fn our_own_verbs_are_settled_within_their_line() {
        for verb in Verb::ALL {
            for line in [format!("{verb}\r\n"), format!("/{verb} x\n")] {
                assert_eq!(sniff(line.as_bytes()), Sniff::No, "{line}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_it_is_ours_to_answer() {
        for line in ["get / HTTP/1.1", "GET\n", "HEADS up", "SSH\n", "\n", "ssh-2.0", "\x16\n"] {
            assert_eq!(sniff(line.as_bytes()), Sniff::No, "{line:?}");
        }
    }
}
