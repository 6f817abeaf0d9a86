//! As much of HTTP/1.1 as whoever reads metrics needs: the head of one request in, one
//! answer out. No sockets, no state; nothing of a request is kept or repeated.

use std::io::Write as _;

use crate::limits::METRICS_REQUEST_BYTES;

/// What came, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// The head has not ended yet.
    Partial,
    /// The metrics are wanted.
    Metrics {
        /// Their head alone.
        head: bool,
    },
    /// Something else: the status to answer with.
    Wrong {
        /// For example `404 Not Found`.
        status: &'static str,
        /// Without a body.
        head: bool,
    },
}

/// Looks at what has been read of a request.
pub(super) fn request(bytes: &[u8]) -> Request {
    let wrong = |status, method: &[u8]| Request::Wrong { status, head: method == b"HEAD" };
    if !has_ended(bytes) {
        return match bytes.len() < METRICS_REQUEST_BYTES {
            true => Request::Partial,
            false => wrong("431 Request Header Fields Too Large", b""),
        };
    }
    let line = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let words: Vec<&[u8]> = line.split(|b| *b == b' ').collect();
    let [method, target, version] = words[..] else { return wrong("400 Bad Request", b"") };
    if !version.starts_with(b"HTTP/1.") {
        return wrong("400 Bad Request", method);
    }
    let path = target.split(|b| *b == b'?').next().unwrap_or_default();
    match (path, method) {
        (b"/metrics", b"GET" | b"HEAD") => Request::Metrics { head: method == b"HEAD" },
        (b"/metrics", _) => wrong("405 Method Not Allowed", method),
        _ => wrong("404 Not Found", method),
    }
}

/// An empty line ends a head. Lines that end in LF alone are what people type at nc.
fn has_ended(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|two| two == b"\n\n") || bytes.windows(3).any(|three| three == b"\n\r\n")
}

/// The answer with the metrics.
pub(super) fn metrics(text: &str, head: bool) -> Vec<u8> {
    // The content type names the version of the text format.
    answer("200 OK", "text/plain; version=0.0.4; charset=utf-8", text, head)
}

/// Any other answer.
pub(super) fn refusal(status: &str, head: bool) -> Vec<u8> {
    let text = format!("{status}: there is GET /metrics here and nothing else\n");
    answer(status, "text/plain; charset=utf-8", &text, head)
}

fn answer(status: &str, kind: &str, body: &str, head: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + body.len());
    let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
    let length = body.len();
    let _ = write!(
        out,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{allow}\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    );
    if !head {
        out.extend_from_slice(body.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> &'static str {
        match request(text.as_bytes()) {
            Request::Partial => "partial",
            Request::Metrics { head: false } => "metrics",
            Request::Metrics { head: true } => "head",
            Request::Wrong { status, .. } => status,
        }
    }

    #[test]
    fn requests_and_what_they_get() {
        for (text, gets) in [
            ("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "metrics"),
            ("GET /metrics HTTP/1.0\r\n\r\n", "metrics"),
            ("GET /metrics HTTP/1.0\n\n", "metrics"),
            ("GET /metrics?x=y HTTP/1.1\r\n\r\nmore", "metrics"),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", "head"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
            ("get /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
            ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("POST /x HTTP/1.1\r\n\r\n", "404 Not Found"),
            ("GET /metrics\r\n\r\n", "400 Bad Request"),
            ("GET  /metrics HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET /metrics HTTP/2\r\n\r\n", "400 Bad Request"),
            ("\r\n\r\n", "400 Bad Request"),
            ("", "partial"),
            ("GET /metrics HTTP/1.1\r\nHost: x\r\n", "partial"),
        ] {
            assert_eq!(status(text), gets, "{text:?}");
        }
    }

    #[test]
    fn every_cut_of_a_request_is_a_part_of_it() {
        let text = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        for cut in 0..text.len() {
            assert_eq!(status(&text[..cut]), "partial", "{cut}");
        }
    }

    #[test]
    fn the_bound_at_one_less_exactly_and_one_more() {
        let of = |bytes: usize, end: &str| {
            let start = "GET /metrics HTTP/1.1\r\nX: ";
            format!("{start}{}{end}", "x".repeat(bytes - start.len() - end.len()))
        };
        for bytes in [METRICS_REQUEST_BYTES - 1, METRICS_REQUEST_BYTES] {
            assert_eq!(status(&of(bytes, "\r\n\r\n")), "metrics");
        }
        let large = "431 Request Header Fields Too Large";
        assert_eq!(status(&of(METRICS_REQUEST_BYTES - 1, "")), "partial");
        assert_eq!(status(&of(METRICS_REQUEST_BYTES, "")), large);
    }

    #[test]
    fn a_head_says_how_long_the_body_would_be() {
        let (whole, head) = (metrics("abc\n", false), metrics("abc\n", true));
        assert!(whole.starts_with(&head) && whole.ends_with(b"\r\n\r\nabc\n"));
        assert!(String::from_utf8(head).unwrap().contains("\r\nContent-Length: 4\r\n"));
        let refused = String::from_utf8(refusal("405 Method Not Allowed", false)).unwrap();
        assert!(refused.contains("\r\nAllow: GET, HEAD\r\n"), "{refused}");
    }
}
