//! Prints a room like `tail -f`: what was said lately, then what is said, each message
//! once, whatever becomes of the connection. As a guest, or with an account:
//! `cargo run -p taifas-client --example tail -- [SERVER [ROOM [NAME [PASSWORD-FILE]]]]`,
//! a room with its `#`.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use taifas_client::{
    Client, Entry, Happening, Link, Message, MessageId, Model, Password, Place, Settings,
};

fn main() -> ExitCode {
    match tail() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("tail: {why}");
            ExitCode::FAILURE
        }
    }
}

fn tail() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().unwrap_or_else(|| "127.0.0.1".into());
    let place: Place = arguments.next().as_deref().unwrap_or("#lobby").parse()?;
    let room = place.room().ok_or("a room begins with #")?;
    let name = taifas_client::name(&arguments.next().unwrap_or_else(|| "tail".into()))?;
    let entry = match arguments.next() {
        None => Entry::Guest { name },
        // In a file, since every user of the machine can read a command line.
        Some(file) => {
            let password = Password::new(std::fs::read_to_string(file)?.trim_end_matches('\n'))?;
            Entry::Login { name, password }
        }
    };

    let settings = Settings { rooms: vec![room], ..Settings::new(&server, entry) };
    let client = Client::connect(settings, || ())?;
    // The model puts what was missed in its place; this is how far it is printed.
    let (mut model, mut printed) = (Model::new(), MessageId::NONE);
    while let Some(happening) = client.wait() {
        model.fold(&happening);
        match &happening {
            Happening::Link(Link::Stopped(why)) => return Err(why.clone().into()),
            Happening::Link(Link::Lost { why, .. }) => eprintln!("-- {why}; trying again"),
            Happening::Notice(text) => eprintln!("-- {text}"),
            Happening::RoomRefused { why, .. } => return Err(why.clone().into()),
            _ => {}
        }
        // While it catches up, what is said now waits behind what is still missing.
        if *model.link() == Link::Live {
            let room = model.at(&place);
            let new = room.messages().partition_point(|message| message.id <= printed);
            for Message { id, at, name, text } in room.messages().range(new..) {
                if room.is_behind_gap(*id) {
                    eprintln!("-- some messages are deleted already");
                }
                writeln!(io::stdout(), "{at} {name}: {text}")?;
                printed = *id;
            }
        }
    }
    Ok(())
}
