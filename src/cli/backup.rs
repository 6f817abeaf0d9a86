//! `taifas backup` and `taifas export`: copies of what is kept, for who runs the
//! server. What is copied and how is the store's; here it is said and written.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use taifas::config::Config;
use taifas::identity;
use taifas::protocol::RoomName;
use taifas::store::backup::{Copied, backup};
use taifas::store::export::{Export, Line};

use super::{Failure, print};

/// Copies the configured data folder.
pub fn run_backup(to: &Path, config: &Config) -> Result<(), Failure> {
    let Copied { messages, accounts, last_id } = backup(&config.data, to, identity::FOLDER)?;
    print(&format!(
        "{} has {messages} messages, the last with the id {last_id}, and {accounts} accounts.\n",
        to.display()
    ))
}

/// Prints what was said, a JSON object a line.
pub fn run_export(after: u64, room: Option<&RoomName>, config: &Config) -> Result<(), Failure> {
    let mut export = Export::open(&config.data, after, room)?;
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    loop {
        let lines = export.portion()?;
        let written = lines.iter().try_for_each(|line| write_json(&mut out, line));
        match written.and_then(|()| if lines.is_empty() { out.flush() } else { Ok(()) }) {
            Ok(()) if lines.is_empty() => return Ok(()),
            Ok(()) => {}
            // A reader that has seen enough (`| head`) is no failure.
            Err(why) if why.kind() == ErrorKind::BrokenPipe => {
                // Or dropping it would try again.
                let _ = out.into_parts();
                return Ok(());
            }
            Err(why) => return Err(why.into()),
        }
    }
}

fn write_json(out: &mut impl Write, line: &Line) -> io::Result<()> {
    let Line { id, at, room, from, text } = line;
    write!(out, r##"{{"id":{id},"time":"{at}","room":"#"##)?;
    escape(out, room)?;
    out.write_all(br#"","from":""#)?;
    escape(out, from)?;
    out.write_all(br#"","text":""#)?;
    escape(out, text)?;
    out.write_all(b"\"}\n")
}

/// The inside of a JSON string (RFC 8259, 7). By hand: these few lines are all the JSON
/// that the program ever writes.
fn escape(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_all(&text.as_bytes()[plain..at])?;
        match byte {
            b'"' | b'\\' => out.write_all(&[b'\\', byte])?,
            _ => write!(out, "\\u{byte:04x}")?,
        }
        plain = at + 1;
    }
    out.write_all(&text.as_bytes()[plain..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use taifas::protocol::Timestamp;

    fn json(text: &str) -> String {
        let at = Timestamp::from_ms(1_795_398_727_123);
        let (room, from) = ("lobby".to_owned(), "ana".to_owned());
        let mut out = Vec::new();
        write_json(&mut out, &Line { id: 1042, at, room, from, text: text.to_owned() }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_as_it_is_documented() {
        assert_eq!(
            json("hello"),
            "{\"id\":1042,\"time\":\"2026-11-23T01:52:07.123Z\",\"room\":\"#lobby\",\
             \"from\":\"ana\",\"text\":\"hello\"}\n"
        );
    }

    #[test]
    fn what_json_keeps_for_itself_is_escaped_and_nothing_else() {
        for (text, inside) in [
            ("say \"hi\" \\o/", r#"say \"hi\" \\o/"#),
            ("\"", r#"\""#),
            ("", ""),
            ("a\tb\u{1b}[1m\u{0}\u{1f}", r"a\u0009b\u001b[1m\u0000\u001f"),
            ("ș 漢 🦀 \u{2028}", "ș 漢 🦀 \u{2028}"),
            ("\u{7f}", "\u{7f}"),
        ] {
            let line = json(text);
            assert!(line.ends_with(&format!("\"text\":\"{inside}\"}}\n")), "{line}");
            // Read again it is the same. TOML's strings are JSON's, but for this one character.
            if !text.contains('\u{7f}') {
                let read: toml::Table = format!("text = \"{inside}\"").parse().unwrap();
                assert_eq!(read["text"].as_str(), Some(text));
            }
        }
    }
}
