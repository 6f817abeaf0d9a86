//! A bot in ten lines: says again what somebody says to it, where they say it: in the
//! room, or to it alone. Run it beside a server:
//! `cargo run -p taifas-client --example echo_bot`, then say `echo hello`.

use std::error::Error;
use std::process::ExitCode;

use taifas_client::{Client, Happening, Link, Settings};

fn main() -> ExitCode {
    match echo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("echo_bot: {why}");
            ExitCode::FAILURE
        }
    }
}

fn echo() -> Result<(), Box<dyn Error>> {
    let bot = Client::connect(Settings::guest("127.0.0.1:7667", "echo")?, || ())?;
    while let Some(happening) = bot.wait() {
        match happening {
            Happening::Link(Link::Stopped(why)) => return Err(why.into()),
            Happening::Said { place, message } => {
                // What cannot be said, like nothing at all, is passed over.
                message.text.strip_prefix("echo ").map(|text| bot.say(&place, text));
            }
            _ => {}
        }
    }
    Ok(())
}
