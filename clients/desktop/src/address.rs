//! The server's address as somebody types it: `host:port`, or a host alone.
//!
//! Pure; says what is wrong with what was typed, and never looks a name up. One server
//! has one address, however it is typed: whom to trust there is remembered by it.

use std::net::Ipv6Addr;

/// The ports of servers where nobody says otherwise: for plain lines, and encrypted.
const PORTS: [u16; 2] = [7667, 7668];

/// The address with its port, the usual one where none was typed; or what is wrong
/// with it.
///
/// # Errors
/// A sentence for people.
pub fn read(typed: &str, is_encrypted: bool) -> Result<String, &'static str> {
    let typed = typed.trim().trim_end_matches('/');
    if typed.is_empty() {
        return Err("Type the server's address, for example boat.local:7667.");
    }
    // An IPv6 address has colons of its own, so with a port it stands in brackets.
    let (host, port) = match typed.rsplit_once(':') {
        Some(_) if typed.ends_with(']') => (typed, None),
        Some((host, _)) if host.contains(':') && !host.ends_with(']') => (typed, None),
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (typed, None),
    };
    // With a slash in it, it is a page's address.
    if !is_host(host) || typed.contains('/') {
        return Err("That is no address. Type one like boat.local:7667 or 192.168.1.5:7667.");
    }
    let port = match port.map(str::parse::<u16>) {
        None => PORTS[usize::from(is_encrypted)],
        Some(Ok(port)) if port > 0 => port,
        Some(_) => return Err("A port is a number from 1 to 65535, for example boat.local:7667."),
    };
    Ok(format!("{}:{port}", one_form(host)))
}

/// The host in the one form that all its spellings have; a number with colons stands in
/// brackets.
fn one_form(host: &str) -> String {
    if !host.contains(':') {
        // A name may be written to its very end, which is a full stop.
        let whole = host.strip_suffix('.').filter(|host| !host.is_empty());
        return whole.unwrap_or(host).to_lowercase();
    }
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    // Behind the sign is the name of a network card, which is one in this case alone.
    let (number, card) = inner.split_at(inner.find('%').unwrap_or(inner.len()));
    let number = match number.parse::<Ipv6Addr>() {
        Ok(number) => number.to_string(),
        Err(_) => number.to_lowercase(),
    };
    format!("[{number}{card}]")
}

/// The same server, encrypted or not: the usual port becomes the other usual one; any
/// other stays, since only whoever runs the server knows what listens there.
pub fn switched(address: &str, is_encrypted: bool) -> String {
    let [from, to] = if is_encrypted { PORTS } else { [PORTS[1], PORTS[0]] };
    match address.strip_suffix(&format!(":{from}")) {
        Some(host) => format!("{host}:{to}"),
        None => address.to_owned(),
    }
}

/// Whether it can be looked up at all: a name, or a number with colons.
fn is_host(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inner.or_else(|| host.contains(':').then_some(host)) {
        Some(v6) => {
            !v6.is_empty() && v6.chars().all(|c| c.is_ascii_alphanumeric() || ":.%".contains(c))
        }
        None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant() {
        for (typed, meant) in [
            ("boat.local:7667", "boat.local:7667"),
            (" boat ", "boat:7667"),
            ("boat:", "boat:7667"),
            ("boat:1", "boat:1"),
            ("192.168.1.5:65535", "192.168.1.5:65535"),
            ("brânză.local", "brânză.local:7667"),
            ("::1", "[::1]:7667"),
            ("[::1]", "[::1]:7667"),
            ("[fe80::1%eth0]:1234", "[fe80::1%eth0]:1234"),
            ("boat:80/", "boat:80"),
        ] {
            assert_eq!(read(typed, false).as_deref(), Ok(meant), "{typed}");
            assert_eq!(read(meant, false).as_deref(), Ok(meant), "and it stays that");
        }
    }

    #[test]
    fn one_server_has_one_address() {
        for (typed, meant) in [
            ("Boat.LOCAL:07667", "boat.local:7667"),
            ("BRÂNZĂ.local", "brânză.local:7667"),
            ("boat.local.:7667", "boat.local:7667"),
            (".", ".:7667"),
            ("FE80::0001", "[fe80::1]:7667"),
            ("[0:0:0:0:0:0:0:1]:1234", "[::1]:1234"),
            ("[FE80::1%Eth0]:1234", "[fe80::1%Eth0]:1234"),
            ("::FFFF:192.0.2.1", "[::ffff:192.0.2.1]:7667"),
            ("[1:2:X]", "[1:2:x]:7667"),
        ] {
            assert_eq!(read(typed, false).as_deref(), Ok(meant), "{typed}");
            assert_eq!(read(meant, false).as_deref(), Ok(meant), "and it stays that");
        }
    }

    #[test]
    fn encrypted_it_has_a_usual_port_of_its_own() {
        for (typed, meant) in [
            ("boat.local", "boat.local:7668"),
            ("::1", "[::1]:7668"),
            ("boat:7667", "boat:7667"),
            ("boat:1", "boat:1"),
        ] {
            assert_eq!(read(typed, true).as_deref(), Ok(meant), "{typed}");
        }
        for (plain, encrypted) in
            [("boat:7667", "boat:7668"), ("[::1]:7667", "[::1]:7668"), ("boat:1", "boat:1")]
        {
            assert_eq!(switched(plain, true), encrypted);
            assert_eq!(switched(encrypted, false), plain);
            assert_eq!(switched(encrypted, true), encrypted);
        }
    }

    #[test]
    fn what_is_wrong() {
        for (typed, part) in [
            ("", "Type the server's address"),
            ("  ", "Type the server's address"),
            ("my boat", "no address"),
            ("http://boat", "no address"),
            (":7667", "no address"),
            ("[]:7667", "no address"),
            ("boat:0", "from 1 to 65535"),
            ("boat:65536", "from 1 to 65535"),
            ("boat:port", "from 1 to 65535"),
        ] {
            let wrong = read(typed, false).expect_err(typed);
            assert!(wrong.contains(part), "{typed}: {wrong}");
        }
    }
}
