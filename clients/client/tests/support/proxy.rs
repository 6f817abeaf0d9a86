//! A link that can be cut: hands bytes on in both directions, counts them, and closes
//! both ends behind a certain byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// A listener and whoever has connected. Dropped, it ends them all.
pub struct Proxy {
    pub address: SocketAddr,
    line: Arc<Line>,
}

struct Line {
    server: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where to cut next: after so many more bytes this way.
    cut: Option<(Way, u64)>,
    /// Bytes handed on, up and down.
    counts: [u64; 2],
    /// How often it was cut.
    cuts: usize,
    /// The two ends of each connection.
    open: Vec<(TcpStream, TcpStream)>,
    is_over: bool,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.line.state.lock().unwrap();
        state.close();
        state.is_over = true;
        drop(state);
        // Who waits for a connection sees it with the next one.
        let _ = TcpStream::connect(self.address);
    }
}

impl Proxy {
    pub fn new(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line { server, state: Mutex::default() });
        let its = line.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                if its.state.lock().unwrap().is_over {
                    return;
                }
                its.clone().serve(client.unwrap());
            }
        });
        Proxy { address, line }
    }

    /// The next cut: behind so many more bytes this way. With 0, before the next one.
    pub fn cut_after(&self, way: Way, bytes: u64) {
        self.line.state.lock().unwrap().cut = Some((way, bytes));
    }

    /// Cuts now whatever there is.
    pub fn cut(&self) {
        self.line.state.lock().unwrap().close();
    }

    pub fn count(&self, way: Way) -> u64 {
        self.line.state.lock().unwrap().counts[way as usize]
    }

    pub fn cuts(&self) -> usize {
        self.line.state.lock().unwrap().cuts
    }
}

impl Line {
    fn serve(self: Arc<Line>, client: TcpStream) {
        // Where there is no server, there is no connection.
        let Ok(server) = TcpStream::connect(self.server) else {
            return;
        };
        for end in [&client, &server] {
            end.set_nodelay(true).unwrap();
        }
        let copy = |end: &TcpStream| end.try_clone().unwrap();
        self.state.lock().unwrap().open.push((copy(&client), copy(&server)));
        let (up, down) = ((copy(&client), copy(&server)), (server, client));
        for (way, (from, to)) in [(Way::Up, up), (Way::Down, down)] {
            let line = self.clone();
            thread::spawn(move || line.hand_on(way, from, to));
        }
    }

    fn hand_on(&self, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 4096];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(read) => read,
            };
            let (len, cut) = self.state.lock().unwrap().pass(way, read);
            if to.write_all(&buffer[..len]).is_err() {
                break;
            }
            if cut {
                return self.state.lock().unwrap().close();
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}

impl State {
    /// How many of these bytes go through, and whether that is the end.
    fn pass(&mut self, way: Way, read: usize) -> (usize, bool) {
        let mut through = read;
        let mut cut = false;
        if let Some((at, left)) = &mut self.cut
            && *at == way
        {
            if *left < read as u64 {
                (through, cut) = (*left as usize, true);
            }
            *left -= through as u64;
        }
        if cut {
            self.cut = None;
        }
        self.counts[way as usize] += through as u64;
        (through, cut)
    }

    fn close(&mut self) {
        self.cuts += 1;
        for (client, server) in self.open.drain(..) {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}
