//! The program: options, the window, and what to do where there is none.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use eframe::egui::ViewportBuilder;
use taifas_desktop::app::App;
use taifas_desktop::remembered::Remembered;
use taifas_desktop::{stderr, theme};

/// What to say where no window can be opened.
const NO_WINDOW: &str = "\
no window can be opened. It needs a graphical session, and on Debian these packages:
  apt install --no-install-recommends libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1";

/// The desktop client of taifas: register, log in, chat, and come back having missed
/// nothing.
#[derive(Parser)]
#[command(name = "taifas-desktop", version)]
struct Options {
    /// The server to talk to, as HOST:PORT; remembered
    #[arg(long, value_name = "HOST:PORT")]
    server: Option<String>,
    /// Where the server's address, the name, the theme and the window's size are kept,
    /// instead of in the usual place; never a password
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let path = options.settings.or_else(Remembered::usual_path);
    let (mut remembered, trouble) = Remembered::load(path);
    if let Some(trouble) = trouble {
        stderr::say(trouble);
    }
    if let Some(server) = options.server {
        remembered.server = server;
    }
    let viewport = ViewportBuilder::default()
        .with_title("taifas")
        .with_app_id("taifas-desktop")
        .with_inner_size(remembered.window)
        .with_min_inner_size(theme::WINDOW_LEAST);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let ran = eframe::run_native(
        "taifas",
        options,
        Box::new(|creation| Ok(Box::new(App::new(&creation.egui_ctx, remembered)))),
    );
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stderr::say(format_args!("{error}\n{NO_WINDOW}"));
            ExitCode::FAILURE
        }
    }
}
