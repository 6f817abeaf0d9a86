//! Bytes as a transcript writes them: `\n \r \t \0 \\ \<`, `\xff`, `\u{202e}`, and
//! `\{x*4000}` for a character many times. Both directions.

/// The bytes that a text of a transcript stands for.
///
/// # Panics
/// On an escape there is not; `place` says where.
pub fn unescape(place: &str, text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let behind = &rest[at + 1..];
        let used = escape_into(behind, &mut out)
            .unwrap_or_else(|| panic!("{place}: no such escape: \\{behind}"));
        rest = &behind[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Adds what the escape behind a backslash stands for; says how long it is.
fn escape_into(behind: &str, out: &mut Vec<u8>) -> Option<usize> {
    let first = behind.chars().next()?;
    let single = match first {
        'n' => Some(b'\n'),
        'r' => Some(b'\r'),
        't' => Some(b'\t'),
        '0' => Some(0),
        '\\' | '<' => Some(first as u8),
        _ => None,
    };
    if let Some(byte) = single {
        out.push(byte);
        return Some(1);
    }
    match first {
        'x' => {
            out.push(u8::from_str_radix(behind.get(1..3)?, 16).ok()?);
            Some(3)
        }
        'u' => {
            let hex = behind.strip_prefix("u{")?.split_once('}')?.0;
            let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            Some(hex.len() + 3)
        }
        '{' => {
            let inside = behind.strip_prefix('{')?.split_once('}')?.0;
            let (what, times) = inside.rsplit_once('*')?;
            out.extend_from_slice(what.repeat(times.parse().ok()?).as_bytes());
            Some(inside.len() + 2)
        }
        _ => None,
    }
}

/// A run of one character that is at least this long is written as `\{x*40}`.
const RUN: usize = 40;

/// How a transcript writes these bytes. What a hole looks like is escaped.
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        escape_text(chunk.valid(), &mut out);
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

fn escape_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = rest.chars().take_while(|&other| other == c).count();
        if run >= RUN && c.is_alphanumeric() {
            out.push_str(&format!("\\{{{c}*{run}}}"));
            rest = &rest[run * c.len_utf8()..];
            continue;
        }
        match c {
            '\\' => out.push_str("\\\\"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '<' if super::pattern::is_hole(rest) => out.push_str("\\<"),
            c if c.is_control() || !taifas::protocol::is_relayable(c) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
}
