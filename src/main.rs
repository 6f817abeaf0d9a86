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
use taifas::hub::Settings;
use taifas::identity::Fingerprint;
use taifas::reactor::{Kind, Notify, Options, Reactor, Reread};
use taifas::{limits, store};

use cli::reload::for_the_hub;

fn main() -> ExitCode {
    cli::run(serve)
}

/// Runs the server until it is told to stop.
fn serve(config: Config, terms: LoadedTerms, reread: Reread) -> Result<(), Box<dyn Error>> {
    let identity = config.identity();
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
            terms: for_the_hub(&terms),
        },
        listen: listeners(&config.listen, &config.listen_tls, &config.listen_telnet),
        identity,
        metrics: config.metrics,
        hash: config.hash,
        notify: Notify::from_environment(),
        reread,
    })?;
    announce(&reactor.addresses()?, reactor.fingerprint());
    announce_metrics(reactor.metrics_address()?);
    announce_what_to_try(&reactor.addresses()?);
    reactor.run()?;
    Ok(())
}

/// Everything that is listened on; what people type most comes first.
fn listeners(
    plain: &[SocketAddr],
    tls: &[SocketAddr],
    telnet: &[SocketAddr],
) -> Vec<(Kind, SocketAddr)> {
    let kinds = [(Kind::Plain, plain), (Kind::Tls, tls), (Kind::Telnet, telnet)];
    kinds.into_iter().flat_map(|(kind, all)| all.iter().map(move |at| (kind, *at))).collect()
}

/// Says where the server listens. Whoever started it may have stopped listening: that is
/// no reason to end.
fn announce(addresses: &[(Kind, SocketAddr)], fingerprint: Option<Fingerprint>) {
    for (kind, address) in addresses {
        let _ = writeln!(io::stderr(), "listening on {address} ({kind})");
        if kind.is_in_clear() && !address.ip().to_canonical().is_loopback() {
            log::warn!("{address} is open beyond this machine: passwords travel there in clear");
        }
    }
    if let Some(fingerprint) = fingerprint {
        let _ = writeln!(io::stderr(), "tls fingerprint {fingerprint}");
    }
}

/// Says what a newcomer may type: behind everything else, so that it is seen.
fn announce_what_to_try(addresses: &[(Kind, SocketAddr)]) {
    if let Some((Kind::Plain, first)) = addresses.first() {
        let host = match first.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let _ = writeln!(io::stderr(), "try: nc {host} {}", first.port());
    }
}

/// Says where metrics are read.
fn announce_metrics(address: Option<SocketAddr>) {
    let Some(address) = address else { return };
    let _ = writeln!(io::stderr(), "listening on {address} (metrics)");
    if !address.ip().to_canonical().is_loopback() {
        log::warn!("{address} is open beyond this machine: anybody there can read the metrics");
    }
}
