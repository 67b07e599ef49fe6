//! The list of a catalogue's events, which is built at compile time. If two listed events have the same
//! name, the program doesn't compile.
// Public for generated code only.
#![allow(missing_docs)]

use crate::catalogue::listed::const_eq::same_text;
use crate::catalogue::listed::endpoint_list::EMPTY;
use crate::catalogue::listed::list_errors::refuse_same_event_name;
use crate::endpoint::Endpoint;
use crate::endpoint::event::DerivedEvent;

/// The events of each entry in `events(…)`, followed by those of each included catalogue.
pub type EventLists = &'static [&'static [Endpoint]];

/// Returns the records of a type that is listed in a catalogue with the tier enum `T`.
pub const fn events_of<E: DerivedEvent, T>() -> &'static [Endpoint]
where
    E::Tier: EventTier<T>,
{
    E::RECORDS
}

/// Implemented by each tier enum with itself as `T`.
#[diagnostic::on_unimplemented(
    message = "this event requires a tier of `{Self}`, but the tier enum of the catalogue is `{T}`",
    label = "requires a tier of another enum",
    note = "a catalogue has one tier enum; list this event in a catalogue with `tier = {Self}`"
)]
pub trait EventTier<T> {}

impl<T> EventTier<T> for T {}

/// Returns the number of events in the lists.
pub const fn event_count(lists: EventLists) -> usize {
    let (mut count, mut list) = (0, 0);
    while list < lists.len() {
        count += lists[list].len();
        list += 1;
    }
    count
}

/// Joins the lists, which contain `N` events.
pub const fn joined_events<const N: usize>(lists: EventLists) -> [Endpoint; N] {
    let mut joined = [Endpoint(&EMPTY); N];
    let (mut next, mut list) = (0, 0);
    while list < lists.len() {
        let mut index = 0;
        while index < lists[list].len() {
            joined[next] = lists[list][index];
            next += 1;
            index += 1;
        }
        list += 1;
    }
    joined
}

/// A hash table of the names of `N` events, under construction.
pub struct EventNames<const N: usize, const SLOTS: usize> {
    events: &'static [Endpoint; N],
    lists: EventLists,
    /// The indices of events plus one. 0 marks a free slot.
    slots: [usize; SLOTS],
    next: usize,
}

impl<const N: usize, const SLOTS: usize> EventNames<N, SLOTS> {
    /// Creates an empty table. `events` contains the joined lists.
    pub const fn new(events: &'static [Endpoint; N], lists: EventLists) -> Self {
        Self {
            events,
            lists,
            slots: [0; SLOTS],
            next: 0,
        }
    }

    /// Adds the names of the events in a list. Add the lists in their order. Fails to compile if an earlier
    /// event has the same name as one of these events.
    #[track_caller]
    pub const fn add(&mut self, list: usize) {
        let end = self.next + self.lists[list].len();
        while self.next < end {
            let event = self.events[self.next];
            let mut slot = hash(event.name()) as usize % SLOTS;
            while self.slots[slot] != 0 {
                let earlier = self.events[self.slots[slot] - 1];
                if same_text(earlier.name(), event.name()) {
                    refuse_same_event_name(event, earlier);
                }
                slot = (slot + 1) % SLOTS;
            }
            self.next += 1;
            self.slots[slot] = self.next;
        }
    }
}

/// Returns the FNV-1a hash of a text.
const fn hash(text: &str) -> u32 {
    let text = text.as_bytes();
    let (mut hash, mut index) = (0x811c_9dc5_u32, 0);
    while index < text.len() {
        hash = (hash ^ text[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::{EventNames, event_count, joined_events};
    use crate::endpoint::Endpoint;
    use crate::endpoint::record::Record;
    use crate::endpoint::test_endpoints::PLUS;
    use crate::route::method::methods;
    use std::panic::catch_unwind;

    fn event(name: &str, line: u32) -> Endpoint {
        let text = format!("{name}module\nfile.rs").leak();
        let name = u16::try_from(name.len()).expect("the name is short");
        Endpoint(Box::leak(Box::new(Record {
            text,
            name,
            line,
            path: 0,
            summary: 0,
            method: methods::EVENT,
            ..*PLUS.0
        })))
    }

    #[test]
    fn events_keep_the_order_of_their_lists() {
        let [a, b, c] = [("a", 1), ("b", 2), ("c", 3)].map(|(name, line)| event(name, line));
        let lists = vec![&*vec![a].leak(), &[], &*vec![b, c].leak(), &[]].leak();
        assert_eq!(event_count(lists), 3);
        assert_eq!(joined_events::<3>(lists), [a, b, c]);
        assert_eq!(joined_events::<0>(&[&[], &[]]), []);
    }

    #[test]
    fn a_name_that_occurs_twice_is_found_among_many() {
        const COUNT: usize = 300;
        let events: Vec<_> = (1..300)
            .map(|line| event(&format!("E{line}"), line))
            .collect();
        for (last, message) in [
            (event("E300", 300), None),
            (event("E17", 300), Some("two events have the name \"E17\"")),
            (event("E299", 300), Some("file.rs:299 and file.rs:300")),
            (event("E299", 299), Some("`module::E299` is listed twice")),
        ] {
            let lists = vec![&*events.clone().leak(), &*vec![last].leak()].leak();
            let joined: &[Endpoint; COUNT] = Box::leak(Box::new(joined_events(lists)));
            let mut names = EventNames::<COUNT, 451>::new(joined, lists);
            names.add(0);
            let added = catch_unwind(move || names.add(1));
            let found = added
                .err()
                .map(|panic| *panic.downcast::<String>().expect("a text"));
            match (found, message) {
                (None, None) => {}
                (Some(found), Some(message)) if found.contains(message) => {}
                (found, message) => panic!("expected {message:?}, found {found:?}"),
            }
        }
    }
}
