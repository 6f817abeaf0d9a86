//! What the tests of the pages before the chat have in common: fields, an account that
//! is there already, servers that say one thing only, and everything that can be read
//! of a page, by eye or otherwise.

// Each test binary uses its part of this.
#![allow(dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT, Queryable};
use taifas_client::{Client, Entry, Happening, Password, Settings, name};
use taifas_desktop::pages::Page;

use crate::support::Screen;

pub const ANA: &str = "ana";
pub const PASSWORD: &str = "correct horse";

/// An account; its recovery code.
pub fn account(server: SocketAddr) -> String {
    let password = Password::new(PASSWORD).unwrap();
    let entry = Entry::Register { name: name(ANA).unwrap(), password, terms: "1".into() };
    let client = Client::connect(Settings::new(&server.to_string(), entry), || ()).unwrap();
    loop {
        match client.wait().expect("it goes on until the account is there") {
            Happening::Registered { code } => return code.unwrap().expose().into(),
            Happening::Link(link) => assert!(!format!("{link:?}").contains("Stopped"), "{link:?}"),
            _ => {}
        }
    }
}

/// What a server does with somebody who wants to come in, after the line that says so.
pub type Script = fn(&mut TcpStream);

/// A server that tells everybody its terms, and does with those who want to come in
/// what is given, one after the other. Connections that are not closed stay open.
pub fn scripted(scripts: &[Script]) -> SocketAddr {
    let scripts = Arc::new(Mutex::new(VecDeque::from_iter(scripts.iter().copied())));
    serve(move |stream| {
        stream.write_all(b"NAME taifas taifas/1 :hello\r\n")?;
        if expect(stream, &["TERMS", "LOGIN", "REGISTER", "RECOVER"])?.starts_with("TERMS") {
            return stream.write_all(b"OK TAGS ON\r\n:taifas TERMS :Be kind.\r\nOK TERMS 1\r\n");
        }
        if let Some(script) = scripts.lock().unwrap().pop_front() {
            script(stream);
        }
        Ok(())
    })
}

/// A server that says this to everybody.
pub fn saying(words: impl Into<String>) -> SocketAddr {
    let words = words.into();
    serve(move |stream| stream.write_all(words.as_bytes()))
}

/// Says this.
pub fn say(stream: &mut TcpStream, words: &str) {
    stream.write_all(words.as_bytes()).unwrap();
}

/// Reads the password that was asked for.
pub fn read_password(stream: &mut TcpStream) {
    expect(stream, &[""]).unwrap();
}

/// Breaks the connection.
pub fn hang_up(stream: &mut TcpStream) {
    stream.shutdown(Shutdown::Both).unwrap();
}

fn serve(serve: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, serve) = (stream.unwrap(), serve.clone());
            thread::spawn(move || {
                // Whoever has gone before they were served is the client's to notice.
                let _ = serve(&mut stream);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    address
}

/// Reads up to a line that begins with one of these.
fn expect(stream: &mut TcpStream, begins: &[&str]) -> io::Result<String> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    loop {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
        if byte == *b"\n" {
            let text = String::from_utf8_lossy(&line).into_owned();
            if begins.iter().any(|begin| text.starts_with(begin)) {
                return Ok(text);
            }
            line.clear();
        }
    }
}

impl Screen {
    /// What stands in a field.
    #[track_caller]
    pub fn value(&self, label: &str) -> String {
        self.field(label).value().unwrap_or_default()
    }

    /// The field with this label, hidden or not.
    #[track_caller]
    fn field<'a>(&'a self, label: &'a str) -> egui_kittest::Node<'a> {
        let mut fields = self.harness.get_all_by_label(label);
        fields
            .find(|node| {
                matches!(node.accesskit_node().role(), Role::TextInput | Role::PasswordInput)
            })
            .unwrap_or_else(|| panic!("no field {label}"))
    }

    pub fn fill(&mut self, label: &str, text: &str) {
        self.type_into(Role::TextInput, label, text);
    }

    pub fn secret(&mut self, label: &str, text: &str) {
        self.type_into(Role::PasswordInput, label, text);
    }

    /// Types this in place of what stands there.
    pub fn replace(&mut self, label: &str, text: &str) {
        self.fill(label, "");
        self.keys(Modifiers::COMMAND, Key::A);
        self.key(Key::Backspace);
        self.type_text(text);
        assert_eq!(self.value(label), text);
    }

    /// The hover text of what is written like this.
    #[track_caller]
    pub fn hover_text(&self, part: &str) -> String {
        let node = self.harness.get_by_label_contains(part);
        node.accesskit_node().data().description().unwrap_or_default().into()
    }

    pub fn is_chat(&self) -> bool {
        matches!(self.app().page(), Page::Chat(_))
    }

    /// Goes from the menu to another page.
    pub fn go(&mut self, button: &str, title: &str) {
        self.press(button);
        self.until(title, |screen| screen.is_titled(title));
    }

    pub fn is_titled(&self, title: &str) -> bool {
        self.harness.query_by_role_and_label(Role::Heading, title).is_some()
    }

    /// Everything about the page that could be read or heard.
    pub fn everything(&self) -> String {
        let nodes = self.harness.root().children_recursive();
        nodes.map(|node| format!("{:?}\n", node.accesskit_node().data())).collect()
    }

    /// Somebody wants to close the window. What the client says to it.
    pub fn close_window(&mut self) -> Vec<eframe::egui::ViewportCommand> {
        let root = self.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        root.events.push(ViewportEvent::Close);
        self.harness.step();
        let said = self.commands();
        self.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.clear();
        self.harness.run_ok();
        said
    }

    /// Tab, until this has the focus.
    #[track_caller]
    pub fn tab_to(&mut self, label: &str) {
        for _ in 0..30 {
            if self.focused().as_deref() == Some(label) {
                return;
            }
            self.key(Key::Tab);
        }
        panic!("Tab does not lead to {label}, but to {:?}", self.focused());
    }
}

/// Long enough for a thing that must not happen to happen.
pub const A_WHILE: Duration = Duration::from_millis(300);
