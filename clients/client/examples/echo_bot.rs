//! A bot in ten lines: says again what somebody says to it. Run it beside a server:
//! `cargo run -p taifas-client --example echo_bot`, then say `echo hello`.

use taifas_client::{Client, Happening, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let bot = Client::connect(Settings::guest("127.0.0.1:7667", "echo")?, || ())?;
    while let Some(happening) = bot.wait() {
        if let Happening::Said(message) = happening
            && let Some(text) = message.text.strip_prefix("echo ")
        {
            bot.say(text)?;
        }
    }
    Ok(())
}
