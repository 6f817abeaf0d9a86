//! The floor: what any relay has to pay. Everything that is ready is read in one turn
//! and written to everybody once. No parsing, no names, no store, no bound.

use std::io::{ErrorKind, Read, Write};
use std::net::Ipv4Addr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

/// The argument that makes this program the floor.
pub const ARGUMENT: &str = "--be-the-floor";

const LISTENER: Token = Token(usize::MAX);

struct Peer {
    socket: TcpStream,
    unsent: Vec<u8>,
    gone: bool,
}

/// Serves until killed.
pub fn run() {
    let mut poll = Poll::new().expect("a poll");
    let mut listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("registered");
    eprintln!("listening on {}", listener.local_addr().expect("an address"));
    let mut events = Events::with_capacity(1024);
    let mut peers: Vec<Peer> = Vec::new();
    let mut said = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        poll.poll(&mut events, None).expect("polled");
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut socket, _)) = listener.accept() {
                    let _ = socket.set_nodelay(true);
                    let both = Interest::READABLE | Interest::WRITABLE;
                    let token = Token(peers.len());
                    poll.registry().register(&mut socket, token, both).expect("registered");
                    peers.push(Peer { socket, unsent: Vec::new(), gone: false });
                }
                continue;
            }
            let peer = &mut peers[event.token().0];
            if event.is_writable() && !peer.unsent.is_empty() {
                let unsent = std::mem::take(&mut peer.unsent);
                send(peer, &unsent);
            }
            if event.is_readable() && !peer.gone {
                // One read is enough for what its window holds.
                match peer.socket.read(&mut buffer) {
                    Ok(0) => peer.gone = true,
                    Ok(taken) => said.extend_from_slice(&buffer[..taken]),
                    Err(error) => peer.gone = error.kind() != ErrorKind::WouldBlock,
                }
            }
        }
        if !said.is_empty() {
            peers.iter_mut().filter(|peer| !peer.gone).for_each(|peer| send(peer, &said));
            said.clear();
        }
    }
}

fn send(peer: &mut Peer, bytes: &[u8]) {
    let taken = if peer.unsent.is_empty() {
        match peer.socket.write(bytes) {
            Ok(taken) => taken,
            Err(error) => {
                peer.gone = error.kind() != ErrorKind::WouldBlock;
                0
            }
        }
    } else {
        0
    };
    peer.unsent.extend_from_slice(&bytes[taken..]);
}
