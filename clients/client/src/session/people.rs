//! The list of names while it arrives, in several lines and with people coming and
//! going between them. What is handed on is always a whole list.

use std::collections::BTreeSet;

use taifas::protocol::Name;

use crate::model::PEOPLE_MOST;

/// The list under way.
#[derive(Debug, Default)]
pub(super) struct People {
    /// It is to be asked for.
    pub(super) wanted: bool,
    /// The answer has begun or is awaited.
    list: Option<BTreeSet<Name>>,
    /// The last name of the last line: lists are in order, so a lower one begins
    /// another list.
    last: Option<Name>,
}

impl People {
    /// It is being asked for.
    pub(super) fn ask(&mut self) {
        (self.wanted, self.last) = (false, None);
        self.list = Some(BTreeSet::new());
    }

    /// A line of a list. One that nobody has asked for says that presence lines were
    /// kept from us: its end cannot be seen, so the list is asked for.
    pub(super) fn names(&mut self, names: Vec<Name>) {
        let Some(list) = &mut self.list else {
            self.wanted = true;
            return;
        };
        if self.last.is_some() && names.first() <= self.last.as_ref() {
            list.clear();
        }
        self.last = names.last().copied().or(self.last);
        list.extend(names);
        bound(list);
    }

    pub(super) fn joined(&mut self, names: &[Name]) {
        if let Some(list) = &mut self.list {
            list.extend(names);
            bound(list);
        }
    }

    pub(super) fn parted(&mut self, names: &[Name]) {
        if let Some(list) = &mut self.list {
            names.iter().for_each(|name| {
                list.remove(name);
            });
        }
    }

    /// Somebody is called something else, here or elsewhere. Who is not listed yet may
    /// be missed by a list that is being told in the order of names: it is asked for
    /// again.
    pub(super) fn renamed(&mut self, old: &Name, new: Name) {
        if let Some(list) = &mut self.list {
            if list.remove(old) {
                list.insert(new);
            } else {
                self.wanted = true;
            }
        }
    }

    /// The list is whole, and nothing is under way any more.
    pub(super) fn is_whole(&self) -> bool {
        !self.wanted && self.list.is_none()
    }

    /// Whether it is to be asked for now.
    pub(super) fn is_due(&self) -> bool {
        self.wanted && self.list.is_none()
    }

    /// The list is whole.
    pub(super) fn take(&mut self) -> Vec<Name> {
        self.list.take().unwrap_or_default().into_iter().collect()
    }
}

/// The last ones of a list that has no end are not known to be there.
fn bound(list: &mut BTreeSet<Name>) {
    while list.len() > PEOPLE_MOST {
        list.pop_last();
    }
}
