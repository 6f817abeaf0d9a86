//! Whom we talk to, where the connection is encrypted: whoever can sign with the key of
//! one certificate, known by its fingerprint, and nobody else.
//!
//! Names, dates and authorities are not looked at: a server that somebody runs at home
//! has none worth looking at. What is looked at in full is that the other side owns the
//! key. Nobody's bytes but the handshake's go to somebody unknown.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
};

use crate::fingerprint::Fingerprint;

/// Why there is no encrypted connection.
pub(crate) enum NoTls {
    /// It shows another certificate than the trusted one.
    Untrusted { shown: Fingerprint, trusted: Option<Fingerprint> },
    /// Anything else.
    Broken(io::Error),
}

/// The handshake, over a socket that waits, which takes at most so long in all. Returns
/// only with somebody who is trusted.
pub(crate) fn handshake(
    server: &str,
    trusted: Option<Fingerprint>,
    socket: &TcpStream,
    patience: Duration,
) -> Result<ClientConnection, NoTls> {
    let provider = Arc::new(ring::default_provider());
    let shown = Arc::new(OnceLock::new());
    let verifier = Pinned { trusted, shown: shown.clone(), provider: provider.clone() };
    let connection = config(provider, verifier)
        .and_then(|config| ClientConnection::new(Arc::new(config), server_name(server)));
    let mut connection = connection.map_err(|error| NoTls::Broken(io::Error::other(error)))?;
    let mut patient = Patient { socket, until: Instant::now() + patience };
    match connection.complete_io(&mut patient) {
        Ok(_) => Ok(connection),
        Err(error) => Err(match shown.get() {
            Some(&shown) if Some(shown) != trusted => NoTls::Untrusted { shown, trusted },
            _ => NoTls::Broken(error),
        }),
    }
}

/// A socket that is read until a certain time. One that waited as long for each byte would
/// keep a thread for as long as somebody likes to send bytes one by one.
struct Patient<'a> {
    socket: &'a TcpStream,
    until: Instant,
}

impl Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.socket.set_read_timeout(Some(left))?;
        self.socket.read(buffer)
    }
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn config(provider: Arc<CryptoProvider>, verifier: Pinned) -> Result<ClientConfig, Error> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // Each connection looks at the certificate anew.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// What is asked for, where that can be a name at all; nobody looks at it.
fn server_name(server: &str) -> ServerName<'static> {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let taifas = || ServerName::try_from("taifas").expect("a word is a name");
    ServerName::try_from(host).unwrap_or_else(|_| taifas())
}

/// Takes one certificate and no other.
#[derive(Debug)]
struct Pinned {
    trusted: Option<Fingerprint>,
    /// The one that was shown.
    shown: Arc<OnceLock<Fingerprint>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Fingerprint::of(end_entity);
        // Once a connection: without resumption or renegotiation there is no second.
        let _ = self.shown.set(shown);
        match self.trusted {
            Some(trusted) if trusted == shown => Ok(ServerCertVerified::assertion()),
            _ => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_a_name_to_ask_for() {
        for (server, name) in [
            ("pi.local:7668", "DnsName(\"pi.local\")"),
            ("127.0.0.1:7668", "IpAddress(V4(Ipv4Addr([127, 0, 0, 1])))"),
            ("my pi:7668", "DnsName(\"taifas\")"),
        ] {
            assert_eq!(format!("{:?}", server_name(server)), name);
        }
        assert!(format!("{:?}", server_name("[::1]:7668")).starts_with("IpAddress(V6"));
    }
}
