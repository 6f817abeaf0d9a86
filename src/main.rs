//! The taifas binary: reads the command line and the configuration, then hands over.
//!
//! The composition root and nothing else. Everything worth testing is in the
//! library or in [`cli`].

mod cli;

use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use taifas::config::{Config, LoadedTerms};
use taifas::hub::{Settings, Terms};
use taifas::reactor::{Options, Reactor};
use taifas::{limits, store};

fn main() -> ExitCode {
    cli::run(serve)
}

/// Runs the server until it is told to stop.
fn serve(config: Config, terms: LoadedTerms) -> Result<(), Box<dyn Error>> {
    let limits = config.limits;
    let reactor = Reactor::start(Options {
        store: store::Options {
            dir: config.data,
            durability: config.sync,
            history_days: limits.history_days,
            history_messages: limits.history_messages,
            recent_lines: limits::ENTRY_LINES,
        },
        settings: Settings {
            server: config.name,
            limits,
            room_makers: config.rooms,
            terms: Terms { version: terms.version, lines: terms.lines },
        },
        listen: config.listen,
        hash: config.hash,
    })?;
    announce(&reactor.addresses()?);
    reactor.run()?;
    Ok(())
}

/// Says where the server listens, and what a newcomer may type. Whoever started it may
/// have stopped listening: that is no reason to end.
fn announce(addresses: &[SocketAddr]) {
    for address in addresses {
        let _ = writeln!(io::stderr(), "listening on {address} (plain)");
        if !address.ip().to_canonical().is_loopback() {
            log::warn!("{address} is open beyond this machine: passwords travel there in clear");
        }
    }
    if let Some(first) = addresses.first() {
        let host = match first.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let _ = writeln!(io::stderr(), "try: nc {host} {}", first.port());
    }
}
