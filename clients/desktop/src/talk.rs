//! A talk with a server: the client at work, and the model of what it has told.
//!
//! Nothing here waits. Leaving takes a moment (what waits is said, then goodbye), so a
//! talk that is dropped leaves on a thread of its own, which [`Departures`] waits for
//! before the program ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use eframe::egui::Context;
use taifas_client::{At, Client, Happening, Link, MessageId, Model, Place, Settings, StartError};

/// A client and its model.
pub struct Talk {
    /// `None` only while it is dropped.
    client: Option<Client>,
    model: Model,
    /// It was live once: joined, names and history are here.
    is_ready: bool,
    /// In the model already, and to be looked at by who takes next.
    rest: Vec<Happening>,
    departures: Departures,
}

/// Talks that are being left.
#[derive(Clone, Default)]
pub struct Departures(Arc<Mutex<Vec<JoinHandle<()>>>>);

impl Talk {
    /// Starts one; the screen is painted again whenever something happens.
    ///
    /// # Errors
    /// [`StartError`] if the machine is at its end.
    pub fn start(
        ctx: &Context,
        settings: Settings,
        departures: &Departures,
    ) -> Result<Talk, StartError> {
        let ctx = ctx.clone();
        let client = Client::connect(settings, move || ctx.request_repaint())?;
        let departures = departures.clone();
        let (model, rest) = (Model::new(), Vec::new());
        Ok(Talk { client: Some(client), model, is_ready: false, rest, departures })
    }

    /// Takes what has happened into the model, and gives it back for who wants to look.
    /// To be called for every frame and for every wake-up: a client whose happenings
    /// are not taken stops reading.
    pub fn take(&mut self) -> Vec<Happening> {
        let mut happenings = std::mem::take(&mut self.rest);
        let looked_at = happenings.len();
        happenings.extend(self.client().happenings());
        for happening in &happenings[looked_at..] {
            self.model.fold(happening);
            self.is_ready |= matches!(happening, Happening::Link(Link::Live));
        }
        happenings
    }

    /// Gives back what came behind the last one that was looked at: it is for whoever
    /// takes next.
    pub fn put_back(&mut self, rest: impl Iterator<Item = Happening>) {
        self.rest.extend(rest);
    }

    /// To say something, and so on.
    pub fn client(&self) -> &Client {
        self.client.as_ref().expect("only drop takes it")
    }

    /// What there is to see.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// One place of it.
    pub fn at(&self, place: &Place) -> At<'_> {
        self.model.at(place)
    }

    /// Up to here this place was looked at on an earlier day. To be told at the start.
    pub fn read_before(&mut self, place: &Place, id: MessageId) {
        self.model.read_before(place, id);
    }

    /// Everything there is in this place, was looked at.
    pub fn mark_read(&mut self, place: &Place) {
        self.model.mark_read(place);
    }

    /// Whether everything is here: joined, names and recent history. Stays true while a
    /// connection is broken.
    pub fn is_ready(&self) -> bool {
        self.is_ready
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.departures.leave(client);
        }
    }
}

impl Departures {
    fn leave(&self, client: Client) {
        let left = thread::Builder::new().name("leave".into()).spawn(move || drop(client));
        // Without a thread the closure was dropped here, and the client with it.
        let mut leaving = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leaving.retain(|thread| !thread.is_finished());
        leaving.extend(left);
    }

    /// Waits for everybody who is leaving: at most as long as a client may take.
    pub fn wait(&self) {
        let leaving = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in leaving {
            // A panic there is printed already.
            let _ = thread.join();
        }
    }
}
