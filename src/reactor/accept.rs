//! Taking in who has come, as many as there are places and descriptors for.

use std::io::Write;
use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::connection::{Connection, NEVER, Stage};
use super::intake::Intake;
use super::listener::{Accepted, Kind};
use super::transport::Transport;
use super::{ACCEPT_REST_MS, Doom, Reactor};
use crate::hub::{Input, SessionId};
use crate::limits::{ACCEPTS_PER_TURN, LINGER_MS, REFUSALS};

impl Reactor {
    /// Takes in who has come.
    pub(super) fn accept(&mut self) {
        if self.accept_again_ms.is_some_and(|at| at > self.now.mono_ms) {
            return;
        }
        self.accept_again_ms = None;
        for n in 0..self.listeners.len() {
            for _ in 0..ACCEPTS_PER_TURN {
                if !self.listeners[n].ready {
                    break;
                }
                let most = self.bounds.descriptors;
                if self.connections.len() >= most {
                    return self.rest_accepting(format_args!("no descriptors beyond {most}"));
                }
                let kind = self.listeners[n].kind;
                match self.listeners[n].accept() {
                    Accepted::Somebody(socket, peer) => {
                        self.accepting_rests = false;
                        self.welcome(socket, peer, kind);
                    }
                    Accepted::Nobody => break,
                    Accepted::Exhausted(error) => {
                        return self.rest_accepting(format_args!("{error}"));
                    }
                }
            }
        }
    }

    /// Takes nobody in for a moment. Logged once, however long it lasts.
    fn rest_accepting(&mut self, why: std::fmt::Arguments<'_>) {
        if !self.accepting_rests {
            self.accepting_rests = true;
            log::warn!("accepting rests: {why}");
        }
        self.accept_again_ms = Some(self.now.mono_ms + ACCEPT_REST_MS);
    }

    fn welcome(&mut self, mut socket: TcpStream, peer: SocketAddr, kind: Kind) {
        // Who is doomed has a place only until the end of the turn.
        if self.connections.len().saturating_sub(self.doomed.len()) >= self.bounds.slots {
            self.counters.no_place += 1;
            // Even the places for telling people that there is no place are taken: it is
            // said once, and not seen to that it is read. Under TLS it would take a
            // handshake.
            let told = kind.is_in_clear() && socket.write(&self.hub.refusal()).is_ok();
            log::debug!("{peer} closed at once (told: {told}): too many connections");
            return;
        }
        let entry = self.connections.vacant_entry();
        let slot = entry.key();
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut socket, Token(slot), interest) {
            log::warn!("{peer} cannot be served: {error}");
            return;
        }
        let transport = match &self.certificate {
            Some(certificate) if kind == Kind::Tls => {
                Transport::tls(socket, certificate.current.config.clone())
            }
            _ => Ok(Transport::Plain(socket)),
        };
        let transport = match transport {
            Ok(transport) => transport,
            Err(error) => return log::warn!("{peer} cannot be served: {error}"),
        };
        self.generation = self.generation.wrapping_add(1);
        let session = SessionId { slot: slot as u32, generation: self.generation };
        let intake = if kind == Kind::Telnet { Intake::of_telnet() } else { Intake::default() };
        entry.insert(Connection::new(transport, intake, session));
        self.counters.accepted += 1;
        log::debug!("{peer} connected ({kind})");
        let peer = peer.ip();
        self.hub.handle(self.now, Input::Connected { session, peer }, &mut self.fx);
        self.apply();
        self.see_refused_off(session.slot);
    }

    /// Who is refused is told so, and under TLS that takes a handshake: for as long as
    /// anybody may take for their last words. There are places for [`REFUSALS`] of them:
    /// they must not fill those of people who would be taken in.
    fn see_refused_off(&mut self, slot: u32) {
        let Some(connection) = self.connections.get_mut(slot as usize) else {
            return;
        };
        let Stage::Closing { until_ms } = &mut connection.stage else {
            return;
        };
        if self.refused >= REFUSALS {
            // What it is told is still written, in this turn or never.
            return self.doom(slot, Doom::Closed);
        }
        self.refused += 1;
        connection.is.refused = true;
        if *until_ms != NEVER {
            *until_ms = self.now.mono_ms + LINGER_MS;
        }
    }
}
