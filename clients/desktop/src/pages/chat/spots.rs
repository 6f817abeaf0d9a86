//! Each place as the reader has left it: where in its messages they are, what they have
//! begun to write, what they have seen. And which place is in view.
//!
//! Pure but for the timelines, which are shown by the page. A place that was never in
//! view has nothing kept here.

use std::collections::BTreeMap;

use taifas_client::{At, Model, Place};

use super::attention::Attention;
use super::timeline::Timeline;

/// All places that were in view.
pub struct Spots {
    here: Place,
    spots: BTreeMap<Place, Spot>,
    /// What is written in places that are not in view, also in those that are none of
    /// ours any more: who left one by mistake comes back to it. Never an empty one.
    drafts: BTreeMap<Place, String>,
}

/// One of them.
#[derive(Default)]
pub struct Spot {
    /// Its messages on the screen.
    pub timeline: Timeline,
    /// What of it is read.
    pub attention: Attention,
}

impl Default for Spots {
    fn default() -> Spots {
        Spots { here: Place::LOBBY, spots: BTreeMap::new(), drafts: BTreeMap::new() }
    }
}

impl Spots {
    /// The place in view.
    pub fn here(&self) -> Place {
        self.here
    }

    /// How it was left.
    pub fn spot(&mut self) -> &mut Spot {
        self.spots.entry(self.here).or_default()
    }

    /// How another one was left, if it was in view once.
    pub fn get(&mut self, place: &Place) -> Option<&mut Spot> {
        self.spots.get_mut(place)
    }

    /// Brings this place into view. What is written stays with the one before, and what
    /// was written here is given back.
    pub fn go(&mut self, place: At<'_>, written: String) -> String {
        if !written.is_empty() {
            self.drafts.insert(self.here, written);
        }
        self.here = place.place();
        self.spots
            .entry(self.here)
            .or_insert_with(|| Spot { attention: Attention::coming(place), ..Spot::default() });
        self.drafts.remove(&self.here).unwrap_or_default()
    }

    /// Whether one looks at the window. To be told before new messages are taken.
    pub fn look(&mut self, has_focus: bool, model: &Model) {
        self.spot();
        for (place, spot) in &mut self.spots {
            let looks = has_focus && *place == self.here && spot.timeline.is_at_newest();
            spot.attention.is(looks, model.at(place));
        }
    }

    /// The connection is gone, wherever one is.
    pub fn lost(&mut self) {
        self.spots.values_mut().for_each(|spot| spot.timeline.lost());
    }

    /// The place is none of ours any more.
    pub fn forget(&mut self, place: &Place) {
        self.spots.remove(place);
    }
}
