//! TLS as a test's client speaks it: rustls over a blocking socket, both directions at
//! a time. Whose certificate it is does not matter to it; it can be asked.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    SupportedProtocolVersion,
};
use taifas::telnet::Telnet;

/// The client's end of a connection, with TLS or without.
pub enum Wire {
    Plain(TcpStream),
    Tls(TlsStream),
    /// A telnet program that answers nothing: it takes out what is no text.
    Telnet(TcpStream, Telnet),
}

impl Wire {
    /// Another hand on the same connection.
    pub fn another(&self) -> Wire {
        match self {
            Wire::Plain(socket) => Wire::Plain(socket.try_clone().expect("a descriptor")),
            Wire::Tls(stream) => Wire::Tls(stream.clone()),
            Wire::Telnet(socket, telnet) => {
                Wire::Telnet(socket.try_clone().expect("a descriptor"), *telnet)
            }
        }
    }

    /// Says that nothing more will be said; goes on reading.
    pub fn end_input(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(socket) | Wire::Telnet(socket, _) => socket.shutdown(Shutdown::Write),
            Wire::Tls(stream) => stream.end_input(),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) => socket.read(into),
            Wire::Tls(stream) => stream.read(into),
            Wire::Telnet(socket, telnet) => loop {
                let read = socket.read(into)?;
                let text = telnet.strip(&mut into[..read], |_| {});
                if text > 0 || read == 0 {
                    return Ok(text);
                }
            },
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(socket) | Wire::Telnet(socket, _) => socket.write(bytes),
            Wire::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(socket) | Wire::Telnet(socket, _) => socket.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}

/// The client's end of one connection with TLS. Every clone is the same.
#[derive(Clone)]
pub struct TlsStream {
    rustls: Arc<Mutex<ClientConnection>>,
    stream: Arc<TcpStream>,
}

impl TlsStream {
    /// With the newest version that both sides have.
    pub fn new(stream: TcpStream) -> TlsStream {
        TlsStream::with_versions(stream, rustls::ALL_VERSIONS)
    }

    /// With these versions alone. Nothing is sent yet.
    pub fn with_versions(
        stream: TcpStream,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsStream {
        let connection = client(versions);
        TlsStream { rustls: Arc::new(Mutex::new(connection)), stream: Arc::new(stream) }
    }

    /// The certificate of the other side, once the handshake is over.
    pub fn certificate(&self) -> Vec<u8> {
        self.lock().peer_certificates().expect("a handshake")[0].to_vec()
    }

    /// Says that nothing more will be said; goes on reading.
    pub fn end_input(&mut self) -> io::Result<()> {
        self.lock().send_close_notify();
        self.send_sealed()
    }

    fn lock(&self) -> MutexGuard<'_, ClientConnection> {
        self.rustls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_sealed(&self) -> io::Result<()> {
        let mut rustls = self.lock();
        while rustls.wants_write() {
            rustls.write_tls(&mut &*self.stream)?;
        }
        Ok(())
    }

    /// Goes on with the handshake until it is over.
    pub fn shake_hands(&self) -> io::Result<()> {
        while self.lock().is_handshaking() {
            self.send_sealed()?;
            if self.lock().is_handshaking() {
                self.receive()?;
            }
        }
        self.send_sealed()
    }

    /// Waits for something, without holding on to what the other direction needs.
    fn receive(&self) -> io::Result<()> {
        let mut bytes = [0; 4096];
        let len = (&*self.stream).read(&mut bytes)?;
        let mut rustls = self.lock();
        let mut came = &bytes[..len];
        loop {
            rustls.read_tls(&mut came)?;
            let told = rustls.process_new_packets();
            if let Err(error) = told {
                return Err(io::Error::new(ErrorKind::InvalidData, error));
            }
            if came.is_empty() {
                break;
            }
        }
        let shaking = rustls.is_handshaking();
        drop(rustls);
        if len == 0 && shaking { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// Ends with 0 at close_notify, and in `UnexpectedEof` where the socket ends without it.
impl Read for TlsStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.shake_hands()?;
        loop {
            match self.lock().reader().read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            self.receive()?;
            self.send_sealed()?;
        }
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shake_hands()?;
        let written = self.lock().writer().write(bytes)?;
        self.send_sealed()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send_sealed()
    }
}

/// A client that has sent nothing.
pub fn client(versions: &[&'static SupportedProtocolVersion]) -> ClientConnection {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("versions that ring has")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    ClientConnection::new(Arc::new(config), name).expect("a configuration")
}

/// Takes every certificate, as long as the other side has its key.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
