//! TLS between two sockets of this process: what the outbox is told, at every size.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use socket2::SockRef;

use super::*;
use crate::identity::{Identity, Place};
use crate::limits::READ_BYTES;

/// The server's end, and a client's that is as far.
struct Pair {
    server: Tls,
    buffers: Buffers,
    client: ClientConnection,
    socket: std::net::TcpStream,
}

impl Pair {
    /// Both have shaken hands, over sockets that hold little.
    fn new(config: Arc<ServerConfig>) -> Pair {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let socket = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let theirs = listener.accept().unwrap().0;
        SockRef::from(&theirs).set_send_buffer_size(2048).unwrap();
        theirs.set_nonblocking(true).unwrap();
        socket.set_nonblocking(true).unwrap();
        let server = Tls::new(TcpStream::from_std(theirs), config).unwrap();
        let client = client();
        let mut pair = Pair { server, buffers: Buffers::new(), client, socket };
        while pair.client.is_handshaking() || pair.server.is_shaking() {
            pair.hear();
            assert!(pair.read().is_empty());
            let written = pair.write(&mut Outbox::default(), false);
            assert!(written != Written::All || !pair.server.is_shaking());
        }
        pair
    }

    /// What the server reads until there is no more.
    fn read(&mut self) -> Vec<u8> {
        let (mut all, mut into) = (Vec::new(), [0; READ_BYTES]);
        loop {
            match self.server.read(&mut into, &mut self.buffers) {
                Ok(Got::Bytes { len, .. }) => all.extend_from_slice(&into[..len]),
                Ok(Got::Records) => {}
                Ok(got) => panic!("{got:?}"),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return all,
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn write(&mut self, outbox: &mut Outbox, last: bool) -> Written {
        self.server.write(outbox, last, &mut self.buffers).unwrap()
    }

    /// What the client hears and says until there is no more; how many bytes it heard.
    fn hear(&mut self) -> usize {
        let (mut heard, mut into) = (0, [0; 4096]);
        loop {
            while self.client.wants_write() {
                self.client.write_tls(&mut self.socket).unwrap();
            }
            match self.client.read_tls(&mut self.socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return heard,
                Ok(0) => return heard,
                read => drop(read.unwrap()),
            }
            self.client.process_new_packets().unwrap();
            while let Ok(len @ 1..) = self.client.reader().read(&mut into) {
                assert!(into[..len].iter().all(|byte| *byte == b'x'));
                heard += len;
            }
        }
    }
}

fn identity(test: &str) -> Arc<ServerConfig> {
    let folder = format!("taifas-tls-{test}-{}", std::process::id());
    let data = std::env::temp_dir().join(folder);
    let addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let place = Place::Own { data: data.clone(), name: "taifas".parse().unwrap(), addresses };
    let identity = Identity::load(&place).unwrap();
    std::fs::remove_dir_all(data).unwrap();
    identity.config
}

fn client() -> ClientConnection {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(schemes)))
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap()
}

/// It does not matter here who the server is.
#[derive(Debug)]
struct Anybody(Vec<SignatureScheme>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clone()
    }
}

/// "All is written" is said when the socket has all of it, and not when it is merely
/// sealed: nobody would write the rest.
#[test]
fn all_is_written_when_the_socket_has_it() {
    let config = identity("all");
    let mut parts = 0;
    for size in (1..200_000).step_by(7919) {
        let mut pair = Pair::new(config.clone());
        let mut outbox = Outbox::default();
        outbox.push_own(&vec![b'x'; size]);
        let mut heard = 0;
        loop {
            let before = outbox.len() + pair.server.unsent();
            let written = pair.write(&mut outbox, false);
            assert!(outbox.len() + pair.server.unsent() <= before + 512, "bounds see it");
            assert!(pair.server.unsent() <= TLS_PORTION_BYTES + SMALL);
            if written == Written::All {
                assert_eq!((outbox.len(), pair.server.unsent()), (0, 0));
                break;
            }
            assert_eq!(written, Written::Part);
            assert!(pair.server.unsent() > 0, "only a socket that takes no more ends a write");
            parts += 1;
            heard += pair.hear();
        }
        while heard < size {
            heard += pair.hear();
        }
        assert_eq!(heard, size);
        // Idle, it holds no buffer.
        assert_eq!(pair.server.sealed.capacity() + pair.server.partial.capacity(), 0);
    }
    assert!(parts > 20, "the sockets hold too much for this test: {parts}");
}

/// The last words and close_notify come whole, however little the socket takes.
#[test]
fn close_notify_comes_behind_the_last_words() {
    let mut pair = Pair::new(identity("close"));
    let mut outbox = Outbox::default();
    outbox.push_own(&[b'x'; 100_000]);
    let mut heard = 0;
    while pair.write(&mut outbox, true) != Written::All {
        heard += pair.hear();
    }
    pair.server.socket().shutdown(std::net::Shutdown::Write).unwrap();
    while !matches!(pair.client.reader().read(&mut [0]), Ok(0)) {
        heard += pair.hear();
    }
    assert_eq!(heard, 100_000);
}

#[test]
fn what_does_not_fit_is_kept_and_given_in_order() {
    let mut pair = Pair::new(identity("kept"));
    // One record of the longest kind is two reads and a little.
    let text: Vec<u8> = (0..16 * 1024).map(|n| n as u8).collect();
    let mut sent = 0;
    let mut all = Vec::new();
    while all.len() < text.len() * 3 {
        if sent < 3 && !pair.client.wants_write() {
            pair.client.writer().write_all(&text).unwrap();
            sent += 1;
        }
        match pair.client.write_tls(&mut pair.socket) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            written => drop(written.unwrap()),
        }
        all.extend(pair.read());
        assert!(pair.server.partial.len() <= TLS_PARTIAL_BYTES);
    }
    assert!(all == text.repeat(3));
    assert_eq!(pair.server.opened.capacity() + pair.server.partial.capacity(), 0);
}
