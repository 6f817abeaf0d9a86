//! Prints a room like `tail -f`: what was said lately, then what is said, each message
//! once, whatever becomes of the connection. As a guest, or with an account:
//! `cargo run -p taifas-client --example tail -- [SERVER [NAME [PASSWORD-FILE]]]`.

use std::error::Error;
use std::io::{self, Write};

use taifas_client::{
    Client, Entry, Happening, Link, Message, MessageId, Model, Password, Settings,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().unwrap_or_else(|| "127.0.0.1".into());
    let name = taifas_client::name(&arguments.next().unwrap_or_else(|| "tail".into()))?;
    let entry = match arguments.next() {
        None => Entry::Guest { name },
        // In a file, since every user of the machine can read a command line.
        Some(file) => {
            let password = Password::new(std::fs::read_to_string(file)?.trim_end_matches('\n'))?;
            Entry::Login { name, password }
        }
    };

    let client = Client::connect(Settings::new(&server, entry), || ())?;
    // The model puts what was missed in its place; this is how far it is printed.
    let (mut model, mut printed) = (Model::new(), MessageId(0));
    while let Some(happening) = client.wait() {
        model.fold(&happening);
        match &happening {
            Happening::Link(Link::Stopped(why)) => return Err(why.clone().into()),
            Happening::Link(Link::Lost { why, .. }) => eprintln!("-- {why}; trying again"),
            Happening::Notice(text) => eprintln!("-- {text}"),
            _ => {}
        }
        // While it catches up, what is said now waits behind what is still missing.
        if *model.link() == Link::Live {
            let new = model.messages().partition_point(|message| message.id <= printed);
            for Message { id, at, name, text } in model.messages().range(new..) {
                if model.is_behind_gap(*id) {
                    eprintln!("-- some messages are deleted already");
                }
                writeln!(io::stdout(), "{at} {name}: {text}")?;
                printed = *id;
            }
        }
    }
    Ok(())
}
