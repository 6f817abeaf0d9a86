//! A door of TLS in front of a server of plain lines: what is encrypted outside goes in
//! as it is. It counts what it was told, so that silence can be seen.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion, version};
use taifas_client::Fingerprint;

/// A certificate and a key, which may be another one's.
#[derive(Debug, Clone)]
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    key: Arc<PrivateKeyDer<'static>>,
}

/// The door. What it is to show can be changed; connections there are stay.
pub struct Door {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    identity: Mutex<Identity>,
    versions: Vec<&'static SupportedProtocolVersion>,
    handshakes: AtomicUsize,
    /// Bytes of lines that somebody has sent.
    told: AtomicUsize,
    /// Connections that were ended with a farewell.
    farewells: AtomicUsize,
    open: Mutex<Vec<Arc<Inside>>>,
}

/// One connection.
struct Inside {
    tls: Mutex<ServerConnection>,
    socket: TcpStream,
}

impl Identity {
    pub fn new() -> Identity {
        let made = rcgen::generate_simple_self_signed(["taifas".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        Identity { certificate: made.cert.into(), key: Arc::new(key.into()) }
    }

    /// This certificate, without its key.
    pub fn stolen(&self) -> Identity {
        Identity { certificate: self.certificate.clone(), ..Identity::new() }
    }

    fn signs(&self) -> CertifiedKey {
        let key = ring::sign::any_supported_type(&self.key).unwrap();
        CertifiedKey::new(vec![self.certificate.clone()], key)
    }
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl Door {
    pub fn new(server: SocketAddr, identity: &Identity) -> Door {
        Door::speaking(server, identity, &[&version::TLS13, &version::TLS12])
    }

    pub fn speaking(
        server: SocketAddr,
        identity: &Identity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server,
            identity: Mutex::new(identity.clone()),
            versions: versions.to_vec(),
            handshakes: AtomicUsize::new(0),
            told: AtomicUsize::new(0),
            farewells: AtomicUsize::new(0),
            open: Mutex::default(),
        });
        let its = shared.clone();
        thread::spawn(move || {
            for socket in listener.incoming() {
                let its = its.clone();
                thread::spawn(move || its.serve(socket.unwrap()));
            }
        });
        Door { address, shared }
    }

    /// From the next connection on.
    pub fn show(&self, identity: &Identity) {
        *self.shared.identity.lock().unwrap() = identity.clone();
    }

    pub fn told(&self) -> usize {
        self.shared.told.load(Ordering::SeqCst)
    }

    pub fn handshakes(&self) -> usize {
        self.shared.handshakes.load(Ordering::SeqCst)
    }

    pub fn farewells(&self) -> usize {
        self.shared.farewells.load(Ordering::SeqCst)
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        for inside in self.shared.open.lock().unwrap().drain(..) {
            let _ = inside.socket.shutdown(Shutdown::Both);
        }
    }

    /// Wants other keys, on both sides of every connection.
    pub fn refresh(&self) {
        for inside in &*self.shared.open.lock().unwrap() {
            let mut tls = inside.tls.lock().unwrap();
            tls.refresh_traffic_keys().unwrap();
            inside.flush(&mut tls);
        }
    }
}

impl Shared {
    fn serve(&self, mut socket: TcpStream) {
        let signs = Arc::new(self.identity.lock().unwrap().signs());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Shows(signs)));
        let mut tls = ServerConnection::new(Arc::new(config)).unwrap();
        while tls.is_handshaking() {
            if tls.complete_io(&mut socket).is_err() {
                return;
            }
        }
        self.handshakes.fetch_add(1, Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(self.server) else {
            return;
        };
        let inside = Arc::new(Inside { tls: Mutex::new(tls), socket });
        self.open.lock().unwrap().push(inside.clone());
        let (out, mut theirs) = (inside.clone(), server.try_clone().unwrap());
        thread::spawn(move || {
            let mut bytes = vec![0; 8192];
            while let Ok(read @ 1..) = theirs.read(&mut bytes) {
                let mut tls = out.tls.lock().unwrap();
                tls.writer().write_all(&bytes[..read]).unwrap();
                out.flush(&mut tls);
            }
            let mut tls = out.tls.lock().unwrap();
            tls.send_close_notify();
            out.flush(&mut tls);
        });
        self.take_in(&inside, &server);
        let _ = server.shutdown(Shutdown::Both);
    }

    /// Until somebody ends it.
    fn take_in(&self, inside: &Inside, mut server: &TcpStream) {
        let mut cipher = vec![0; 8192];
        while let Ok(read) = (&inside.socket).read(&mut cipher) {
            let mut came = &cipher[..read];
            loop {
                let mut tls = inside.tls.lock().unwrap();
                if tls.read_tls(&mut came).is_err() || tls.process_new_packets().is_err() {
                    return;
                }
                let mut lines = vec![0; 16384];
                let taken = tls.reader().read(&mut lines);
                drop(tls);
                match taken {
                    Ok(0) => {
                        self.farewells.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    Ok(taken) => {
                        self.told.fetch_add(taken, Ordering::SeqCst);
                        if server.write_all(&lines[..taken]).is_err() {
                            return;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
                if came.is_empty() {
                    break;
                }
            }
        }
    }
}

impl Inside {
    fn flush(&self, tls: &mut ServerConnection) {
        while tls.wants_write() {
            if tls.write_tls(&mut &self.socket).is_err() {
                return;
            }
        }
    }
}

/// As anybody would compute it.
pub fn fingerprint(identity: &Identity) -> Fingerprint {
    use std::process::{Command, Stdio};
    let mut openssl = Command::new("openssl")
        .args(["x509", "-inform", "DER", "-noout", "-fingerprint", "-sha256"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    openssl.stdin.take().unwrap().write_all(&identity.certificate).unwrap();
    let output = openssl.wait_with_output().unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    line.rsplit('=').next().unwrap().parse().unwrap()
}
