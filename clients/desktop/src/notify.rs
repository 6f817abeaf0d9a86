//! What the desktop shows of what is meant for us while nobody looks at the window: a
//! mention of our name, or something told to us alone.
//!
//! A thread of its own talks to the desktop over D-Bus, so that no frame waits for it;
//! what it cannot keep up with is dropped, and where there is no D-Bus nothing is shown
//! and nothing is said about it. What others typed is shown as text only.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use taifas_client::{Message, Name, Place, mentions};

/// Most that wait to be shown; what comes then is not.
const WAITING_MOST: usize = 8;

/// A text is cut behind so many characters: it is to be seen at a glance.
const TEXT_CHARS_MOST: usize = 160;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Who, and where.
    pub title: String,
    /// What they say, on one line.
    pub text: String,
}

/// Who is told; nobody, unless somebody wants to be.
#[derive(Default)]
pub struct Notifier {
    /// Empty where nothing is to be shown, or no thread could be had.
    queue: Option<SyncSender<Notification>>,
}

impl Notification {
    /// What this message is worth to somebody who does not look: `None` unless it names
    /// them, or is told to them alone.
    pub fn wanted(me: Option<Name>, place: &Place, message: &Message) -> Option<Notification> {
        let me = me.filter(|me| message.name != *me)?;
        let title = match place {
            Place::Person(_) => message.name.to_string(),
            Place::Room(room) if mentions(&message.text, &me) => {
                format!("{} in {room}", message.name)
            }
            Place::Room(_) => return None,
        };
        Some(Notification { title, text: at_a_glance(&message.text) })
    }
}

impl Notifier {
    /// Tells the desktop, from the first notification on.
    pub fn desktop() -> Notifier {
        Notifier::new(|queue| desktop::run(&queue))
    }

    /// Tells this, on a thread of its own that waits for what is to be shown.
    pub fn new(run: impl FnOnce(Receiver<Notification>) + Send + 'static) -> Notifier {
        let (queue, waiting) = sync_channel(WAITING_MOST);
        let started = thread::Builder::new().name("notify".into()).spawn(move || run(waiting));
        Notifier { queue: started.is_ok().then_some(queue) }
    }

    /// Shows this, if it can be shown now. Never waits.
    pub fn show(&self, notification: Notification) {
        if let Some(queue) = &self.queue {
            // Full, or there is no desktop: then the title of the window has to do.
            let _ = queue.try_send(notification);
        }
    }
}

/// One line without anything that is no letter, and not too long.
fn at_a_glance(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(TEXT_CHARS_MOST) {
        words.truncate(end);
        words.push('…');
    }
    words
}

#[cfg(unix)]
mod desktop {
    //! The desktop's notifications, as freedesktop.org specifies them.

    use std::collections::HashMap;
    use std::sync::mpsc::Receiver;
    use std::time::Duration;

    use zbus::connection::Builder;
    use zbus::zvariant::Value;
    use zbus::{Connection, block_on};

    use super::Notification;

    const SERVICE: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";

    /// A desktop that does not answer for so long shows nothing.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Shows what comes, until nobody is left to send anything. Where there is no desktop
    /// it looks for one with each: one may have come meanwhile.
    pub(super) fn run(queue: &Receiver<Notification>) {
        let mut bus = None;
        // The last one, which the next of the same title replaces instead of piling up.
        let mut last = (String::new(), 0);
        for notification in queue {
            let Some(connection) = bus.take().or_else(connect) else {
                continue;
            };
            let replaces = if last.0 == notification.title { last.1 } else { 0 };
            if let Ok(id) = block_on(show(&connection, &notification, replaces)) {
                last = (notification.title, id);
                bus = Some(connection);
            }
        }
    }

    /// The session's bus.
    fn connect() -> Option<Connection> {
        block_on(async { Builder::session().ok()?.method_timeout(PATIENCE).build().await.ok() })
    }

    /// Shows it. Whether markup would be followed is asked each time: another desktop may
    /// be at the bus than the last time.
    async fn show(
        connection: &Connection,
        notification: &Notification,
        replaces: u32,
    ) -> zbus::Result<u32> {
        let service = Some(SERVICE);
        let answer = connection.call_method(service, PATH, service, "GetCapabilities", &()).await?;
        let abilities: Vec<String> = answer.body().deserialize()?;
        let text = match abilities.iter().any(|can| can == "body-markup") {
            true => escaped(&notification.text),
            false => notification.text.clone(),
        };
        let hints = HashMap::from([
            ("category", Value::from("im.received")),
            ("desktop-entry", Value::from("taifas-desktop")),
        ]);
        let actions: [&str; 0] = [];
        let default_time = -1;
        let title = notification.title.as_str();
        let what = ("taifas", replaces, "", title, text, &actions[..], hints, default_time);
        let answer = connection.call_method(service, PATH, service, "Notify", &what).await?;
        answer.body().deserialize()
    }

    /// What others typed is no markup.
    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    #[cfg(test)]
    mod tests {
        use std::sync::mpsc::sync_channel;

        use super::*;

        /// Set for a copy of the test program that has no D-Bus.
        const INNER: &str = "TAIFAS_TEST_WITHOUT_A_BUS";

        #[test]
        fn without_a_bus_nothing_is_shown_and_nothing_fails() {
            if std::env::var_os(INNER).is_some() {
                let (queue, waiting) = sync_channel(1);
                let (title, text) = ("ion".to_owned(), "hello".to_owned());
                queue.send(Notification { title, text }).expect("it has room");
                drop(queue);
                return run(&waiting);
            }
            let own = std::env::current_exe().expect("this test");
            for address in ["unix:path=/nowhere/at/all", "nonsense", ""] {
                let mut inner = std::process::Command::new(&own);
                inner.arg("without_a_bus").env(INNER, "1").env("XDG_RUNTIME_DIR", "/nowhere");
                inner.env("DBUS_SESSION_BUS_ADDRESS", address);
                let output = inner.output().expect("it runs");
                let said = String::from_utf8_lossy(&output.stdout);
                assert!(output.status.success() && said.contains("1 passed"), "{said}");
            }
        }

        #[test]
        fn markup_is_shown_as_it_was_typed() {
            assert_eq!(escaped("<b>&amp;</b>"), "&lt;b&gt;&amp;amp;&lt;/b&gt;");
        }
    }
}

#[cfg(not(unix))]
mod desktop {
    //! Other systems: nothing yet.

    use std::sync::mpsc::Receiver;

    use super::Notification;

    pub(super) fn run(_queue: &Receiver<Notification>) {}
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use taifas_client::{MessageId, Timestamp};

    use super::*;

    fn wanted(place: &str, name: &str, text: &str) -> Option<(String, String)> {
        let message = Message {
            id: MessageId::new(1),
            at: Timestamp::from_ms(0),
            name: name.parse().expect("a name"),
            text: text.into(),
        };
        let me = "ana".parse().ok();
        let place = place.parse().expect("a place");
        Notification::wanted(me, &place, &message).map(|shown| (shown.title, shown.text))
    }

    #[test]
    fn what_names_us_or_is_told_to_us_is_shown() {
        let shown = |title: &str, text: &str| Some((title.to_owned(), text.to_owned()));
        assert_eq!(wanted("#lobby", "ion", "Ana?"), shown("ion in #lobby", "Ana?"));
        assert_eq!(wanted("ion", "ion", "psst"), shown("ion", "psst"));
        for (place, name, text) in [
            ("#lobby", "ion", "bananas"),
            ("#lobby", "ana", "I am ana"),
            ("ion", "ana", "what I told ion"),
        ] {
            assert_eq!(wanted(place, name, text), None, "{name} at {place}: {text}");
        }
        let message = Message {
            id: MessageId::new(1),
            at: Timestamp::from_ms(0),
            name: "ion".parse().expect("a name"),
            text: "ana".into(),
        };
        assert_eq!(Notification::wanted(None, &Place::LOBBY, &message), None, "who are we?");
    }

    #[test]
    fn a_text_is_one_line_of_letters() {
        assert_eq!(at_a_glance(" a\tb\u{1b}[31m\r\nc\u{85}d "), "a b [31m c d");
        let long = "ș".repeat(TEXT_CHARS_MOST);
        assert_eq!(at_a_glance(&long), long);
        assert_eq!(at_a_glance(&format!("{long}x")), format!("{long}…"));
    }

    #[test]
    fn nobody_waits_for_the_desktop() {
        let notification = Notification { title: "ion".into(), text: "hello".into() };
        let (release, held) = mpsc::channel::<()>();
        let (told, seen) = mpsc::channel();
        let notifier = Notifier::new(move |queue| {
            let _ = held.recv();
            queue.into_iter().for_each(|shown| told.send(shown).expect("the test listens"));
        });
        for _ in 0..10 * WAITING_MOST {
            notifier.show(notification.clone());
        }
        drop(release);
        drop(notifier);
        assert_eq!(seen.iter().count(), WAITING_MOST, "what does not fit is dropped");
        // Nor does anything happen where nobody listens at all.
        let deaf = Notifier::new(drop);
        for _ in 0..10 * WAITING_MOST {
            deaf.show(notification.clone());
        }
        Notifier::default().show(notification);
    }
}
