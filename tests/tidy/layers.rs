//! Which layer may name what. Imports run downwards only; siblings are strangers.

use super::source::Named;

/// One module right under the root, or one package of clients, and what it may name.
pub struct Layer {
    /// Its module, or its folder where it is a package of its own.
    pub name: &'static str,
    /// The modules of this package that it may name besides itself.
    pub may: &'static [&'static str],
    /// The crates from outside that it may name; `None` for any.
    pub crates: Option<&'static [&'static str]>,
    /// What it must not name of what it otherwise could, and what instead.
    pub never: &'static [(&'static str, &'static str)],
    /// What it may name though `never` holds it.
    pub except: &'static [&'static str],
}

const CORE: &[&str] = &["protocol", "limits"];
const ANY: &[&str] = &["*"];

/// Nothing that waits, and no clock.
const NO_IO: &[(&str, &str)] = &[
    ("std::io", "hand bytes in and out; the reactor reads and writes"),
    ("std::fs", "ask the store"),
    ("std::net", "sockets are the reactor's"),
    ("std::os", "sockets are the reactor's"),
    ("std::process", "only main ends the process"),
    ("std::env", "configuration is handed in"),
    ("std::thread", "threads are the store's and auth's"),
    ("std::sync::mpsc", "return a value; the reactor passes it on"),
    ("std::time", "time is an argument: protocol::Now"),
];

/// The layers, in the order lib.rs draws them.
pub const LAYERS: &[Layer] = &[
    Layer { name: "lib", may: ANY, crates: None, never: &[], except: &[] },
    Layer { name: "main", may: ANY, crates: None, never: &[], except: &[] },
    Layer { name: "cli", may: ANY, crates: None, never: &[], except: &[] },
    Layer { name: "config", may: ANY, crates: None, never: &[], except: &[] },
    Layer { name: "reactor", may: ANY, crates: None, never: &[], except: &[] },
    Layer {
        name: "hub",
        may: CORE,
        crates: Some(&[]),
        never: NO_IO,
        except: &["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"],
    },
    Layer { name: "parser", may: CORE, crates: Some(&["nom"]), never: NO_IO, except: &[] },
    Layer { name: "telnet", may: CORE, crates: Some(&["nom"]), never: NO_IO, except: &[] },
    Layer {
        name: "store",
        may: CORE,
        crates: None,
        never: &[
            ("mio", "the store is handed a closure that wakes the reactor"),
            ("nom", "the parser's"),
            ("argon2", "auth's"),
            ("std::net", "sockets are the reactor's"),
        ],
        except: &[],
    },
    Layer {
        name: "auth",
        may: CORE,
        crates: None,
        never: &[
            ("mio", "auth is handed a closure that wakes the reactor"),
            ("nom", "the parser's"),
            ("rusqlite", "the store's"),
            ("std::net", "sockets are the reactor's"),
            ("std::fs", "ask the store"),
        ],
        except: &[],
    },
    Layer {
        name: "identity",
        may: CORE,
        crates: None,
        never: &[
            ("mio", "sockets are the reactor's"),
            ("nom", "the parser's"),
            ("rusqlite", "the store's"),
            ("std::net", "sockets are the reactor's"),
            ("std::thread", "the reactor asks, in its own time"),
        ],
        except: &["std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"],
    },
    Layer {
        name: "protocol",
        may: CORE,
        crates: Some(&[]),
        never: NO_IO,
        // Addresses are values; sockets are not.
        except: &["std::io::Write", "std::net::IpAddr", "std::net::Ipv4Addr", "std::net::Ipv6Addr"],
    },
    Layer { name: "limits", may: CORE, crates: Some(&[]), never: NO_IO, except: &[] },
    Layer {
        name: "clients/client",
        may: &["protocol", "limits", "parser"],
        crates: None,
        never: &[("egui", "the desktop's"), ("eframe", "the desktop's")],
        except: &[],
    },
    Layer {
        name: "clients/desktop",
        may: CORE,
        crates: None,
        never: &[("std::net", "the client library talks to the server")],
        // An address has one form.
        except: &["std::net::Ipv6Addr"],
    },
    // Servers that say something wrong, and lines that are cut.
    Layer { name: "clients/desktop/tests", may: CORE, crates: None, never: &[], except: &[] },
];

/// What is wrong with a path that this layer names; `None` if it may. `outside` are
/// the crates that the package depends on.
pub fn judge(layer: &Layer, named: &Named, outside: &[String]) -> Option<String> {
    let path = named.path.join("::");
    let first = named.path[0].as_str();
    if first == "crate" {
        return judge_own(layer, &named.path, &path);
    }
    if let Some(crates) = layer.crates
        && outside.iter().any(|name| name == first)
        && !crates.contains(&first)
    {
        return Some(format!("{} names the crate {first}; it builds without it", layer.name));
    }
    if layer.except.iter().any(|except| is_or_in(&path, except)) {
        return None;
    }
    // A glob over what holds it brings it in just so.
    let glob = path.strip_suffix("::*");
    layer
        .never
        .iter()
        .find(|(never, _)| is_or_in(&path, never) || glob.is_some_and(|glob| is_or_in(never, glob)))
        .map(|(never, instead)| format!("{} names {never}; {instead}", layer.name))
}

/// The same for a path of this package. A client is a package of its own, where
/// `crate` is the client: only what it names of taifas is judged.
fn judge_own(layer: &Layer, segments: &[String], path: &str) -> Option<String> {
    let module = segments.get(1).map_or("*", String::as_str);
    let known = LAYERS.iter().any(|other| other.name == module);
    let free = layer.may == ANY || module == layer.name || layer.may.contains(&module);
    let client = layer.name.starts_with("clients/");
    if free || (client && !known) {
        return None;
    }
    let may = layer.may.join(", ");
    Some(format!("{} names {path}; it may name {may} and itself", layer.name))
}

/// Whether `path` is `of`, or something in it.
fn is_or_in(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
