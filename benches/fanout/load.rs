//! The load: everybody in the room, four of them talking as fast as their windows
//! allow. One thread, one poll.

use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::server::Server;

const SENDERS: usize = 4;
const WINDOW: u64 = 16;
const TEXT_BYTES: usize = 64;

/// Stands once in each message, and nowhere else in what a relay says.
const MARK: u8 = b'^';

/// How long a relay may keep silent before the run is called broken.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody in the room.
pub struct Load {
    poll: Poll,
    events: Events,
    peers: Vec<Peer>,
    /// What a sender writes for one message.
    message: Vec<u8>,
    /// Messages written so far.
    sent: u64,
    buffer: Vec<u8>,
}

struct Peer {
    socket: TcpStream,
    /// Messages that came.
    got: u64,
}

/// What a run came to.
pub struct Ran {
    pub deliveries: u64,
    pub messages: u64,
    pub time: Duration,
}

impl Load {
    /// Brings everybody into the room.
    pub fn join(server: &Server, count: usize) -> Load {
        let mut text = vec![b'x'; TEXT_BYTES];
        text[0] = MARK;
        let mut message = if server.asks_name() { b"MSG #lobby :".to_vec() } else { Vec::new() };
        message.extend_from_slice(&text);
        message.push(b'\n');
        let mut load = Load {
            poll: Poll::new().expect("a poll"),
            events: Events::with_capacity(4096),
            peers: Vec::new(),
            message,
            sent: 0,
            buffer: vec![0; 64 * 1024],
        };
        for n in 0..count.max(SENDERS + 1) {
            load.add(server, n);
        }
        // Everybody hears a first message when everybody is in.
        let first = load.message.clone();
        load.say(0, &first);
        let everybody = load.peers.len() as u64;
        load.pump_until(|load| load.peers.iter().map(|p| p.got.min(1)).sum::<u64>() == everybody);
        load
    }

    fn add(&mut self, server: &Server, n: usize) {
        // Blocking until its name is taken: joining is not what is measured.
        let mut socket = std::net::TcpStream::connect(server.address()).expect("connected");
        socket.set_nodelay(true).expect("set");
        if server.asks_name() {
            socket.write_all(format!("NAME u{n}\n").as_bytes()).expect("written");
            let mut seen = Vec::new();
            let mut bytes = [0; 512];
            while !String::from_utf8_lossy(&seen).contains("\nOK NAME") {
                let taken = socket.read(&mut bytes).expect("read");
                assert!(taken > 0, "{} closed a newcomer", server.name());
                seen.extend_from_slice(&bytes[..taken]);
            }
        }
        socket.set_nonblocking(true).expect("set");
        let mut socket = TcpStream::from_std(socket);
        let token = Token(self.peers.len());
        self.poll.registry().register(&mut socket, token, Interest::READABLE).expect("registered");
        self.peers.push(Peer { socket, got: 0 });
    }

    /// Talks for this long, then until everything said has come to everybody.
    pub fn run(&mut self, time: Duration) -> Ran {
        let (start, sent, got) = (Instant::now(), self.sent, self.deliveries());
        while start.elapsed() < time {
            // As the last of the room sees it: nobody is left behind.
            let heard = self.peers[SENDERS].got;
            let window = WINDOW * SENDERS as u64;
            let free = window.saturating_sub(self.sent - heard) / SENDERS as u64;
            if free > 0 {
                let burst = self.message.repeat(free as usize);
                for sender in 0..SENDERS {
                    self.say(sender, &burst);
                }
            }
            self.pump(Duration::ZERO);
        }
        let all = self.sent;
        self.pump_until(|load| load.peers.iter().all(|peer| peer.got == all));
        Ran {
            deliveries: self.deliveries() - got,
            messages: self.sent - sent,
            time: start.elapsed(),
        }
    }

    /// Reads until nothing has come for half a second.
    pub fn settle(&mut self) {
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < Duration::from_millis(500) {
            if self.pump(Duration::from_millis(50)) > 0 {
                quiet_since = Instant::now();
            }
        }
    }

    fn say(&mut self, sender: usize, burst: &[u8]) {
        // A window fits a socket's buffer many times over.
        self.peers[sender].socket.write_all(burst).expect("a window fits the socket");
        self.sent += (burst.len() / self.message.len()) as u64;
    }

    fn deliveries(&self) -> u64 {
        self.peers.iter().map(|peer| peer.got).sum()
    }

    fn pump_until(&mut self, done: impl Fn(&Load) -> bool) {
        let mut quiet_since = Instant::now();
        while !done(self) {
            if self.pump(Duration::from_millis(10)) > 0 {
                quiet_since = Instant::now();
            }
            assert!(quiet_since.elapsed() < PATIENCE, "messages were lost");
        }
    }

    /// Reads what has come; says how many bytes it was.
    fn pump(&mut self, wait: Duration) -> usize {
        self.poll.poll(&mut self.events, Some(wait)).expect("polled");
        let mut bytes = 0;
        for event in &self.events {
            let peer = &mut self.peers[event.token().0];
            loop {
                match peer.socket.read(&mut self.buffer) {
                    Ok(0) => panic!("the relay closed a connection"),
                    Ok(taken) => {
                        let marks = self.buffer[..taken].iter().filter(|b| **b == MARK).count();
                        peer.got += marks as u64;
                        bytes += taken;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => panic!("the relay lost a connection: {error}"),
                }
            }
        }
        bytes
    }
}
