//! A screen that is nobody's: Xvfb with a window manager, keys pressed by xdotool, and
//! pictures taken with ImageMagick. Waits for what changes on it, never for time.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::PATIENCE;

/// The tools that are needed, and the Debian packages that they come in.
const TOOLS: [(&str, &str); 4] =
    [("Xvfb", "xvfb"), ("openbox", "openbox"), ("xdotool", "xdotool"), ("import", "imagemagick")];

/// The screen's width and height, in pixels.
const SIZE: [usize; 2] = [1024, 768];

/// Pixels that may differ between two pictures of the same thing.
const NOISE: usize = 24;

/// Between two letters, as somebody types.
const KEY_DELAY_MS: &str = "60";

/// A screen with a window manager.
pub struct Display {
    number: String,
    children: Vec<Child>,
}

/// The screen at one moment, three bytes a pixel.
#[derive(Clone)]
pub struct Picture(Vec<u8>);

impl Display {
    /// The tools that this machine lacks, with what to install.
    pub fn missing() -> Vec<String> {
        let here = |tool: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
        };
        let missing = TOOLS.iter().filter(|(tool, _)| !here(tool));
        missing.map(|(tool, package)| format!("{tool} (apt install {package})")).collect()
    }

    /// Starts both.
    pub fn start() -> Display {
        let [width, height] = SIZE;
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
            .arg(format!("{width}x{height}x24"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let mut number = String::new();
        let stdout = server.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut number).expect("Xvfb says its number");
        let number = format!(":{}", number.trim());
        let mut display = Display { number, children: vec![server] };
        let manager = display.command("openbox").arg("--sm-disable").spawn();
        display.children.push(manager.expect("openbox starts"));
        display
    }

    /// A command on this screen, quiet.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("DISPLAY", &self.number).env_remove("WAYLAND_DISPLAY");
        command.env("LIBGL_ALWAYS_SOFTWARE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// What xdotool answers; empty where it finds nothing.
    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command = self.command("xdotool");
        let output = command.args(arguments).stdout(Stdio::piped()).output();
        String::from_utf8_lossy(&output.expect("xdotool runs").stdout).trim().to_owned()
    }

    /// Waits for a window of exactly this title, and gives it the focus.
    pub fn window(&self, title: &str) -> String {
        let pattern = format!("^{title}$");
        let found = until(&format!("window {title:?}"), || {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", &pattern]);
            found.lines().next().map(str::to_owned)
        });
        self.xdotool(&["windowactivate", "--sync", &found]);
        // Out of the way: what it points at shows hover texts.
        self.xdotool(&["mousemove", "0", "0"]);
        found
    }

    /// Presses keys, one after the other, by their X names (`Return`, `ctrl+k`).
    pub fn keys(&self, keys: &[&str]) {
        self.xdotool(&[&["key", "--delay", KEY_DELAY_MS], keys].concat());
    }

    /// Types ASCII.
    pub fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", KEY_DELAY_MS, text]);
    }

    /// The screen as it is.
    pub fn picture(&self) -> Picture {
        let mut command = self.command("import");
        let shot = command.args(["-window", "root", "-depth", "8", "rgb:-"]);
        let pixels = shot.stdout(Stdio::piped()).output().expect("import runs").stdout;
        assert_eq!(pixels.len(), SIZE[0] * SIZE[1] * 3, "a whole picture");
        Picture(pixels)
    }

    /// Does something and waits until the screen has changed and is quiet again.
    pub fn after(&self, what: &str, act: impl FnOnce(&Display)) {
        let before = self.picture();
        act(self);
        let mut last = before.clone();
        until(&format!("change after {what}"), || {
            let now = self.picture();
            let is_new = !now.is_like(&before);
            let is_quiet = now.is_like(&last);
            last = now;
            (is_new && is_quiet).then_some(())
        });
    }

    /// Writes a picture of this window as a PNG file.
    pub fn save(&self, window: &str, path: &Path) {
        let mut command = self.command("import");
        let status = command.args(["-window", window, "-strip"]).arg(path).status();
        assert!(status.expect("import runs").success(), "no picture {}", path.display());
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Picture {
    /// Whether both show the same.
    fn is_like(&self, other: &Picture) -> bool {
        let pixels = self.0.chunks_exact(3).zip(other.0.chunks_exact(3));
        pixels.filter(|(one, other)| one != other).count() <= NOISE
    }
}

/// Asks again and again until there is an answer. What is asked takes its time by
/// itself: each is a program that is started.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "no {what}");
    }
}
