//! The events outside the cache, and their times.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

/// The keys of requests: an index into [`World::stored`], and the claimed id.
pub(crate) const KEYS: [(usize, Option<usize>); 3] = [(0, None), (1, None), (1, Some(0))];

/// The maximum number of versions of a row.
pub(crate) const VERSIONS: usize = 64;

/// The steps of the clock, in milliseconds.
const TIMES: [u64; 8] = [1, 15, 30, 55, 110, 110, 250, 900];

/// The stored value for a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Row {
    Plan { customer: usize },
    Revoked,
    InvalidTier,
}

/// A version of a row. Its index is its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    pub(crate) row: Row,
    /// When a later version replaced this one.
    pub(crate) ended: Option<Moment>,
}

/// A point in the history: the number of transitions, and the time in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment {
    pub(crate) number: u64,
    pub(crate) ms: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Transition {
    Advance(u64),
    Change(usize, Row),
    SetDown(bool),
    /// Whether lookups wait after they have read the store.
    SetHeld(bool),
    Invalidate(usize),
    InvalidateKey(usize),
    InvalidateAll,
    Open,
    Connect(usize),
    Lose(usize),
    Drop(usize),
    /// A notification on a channel that this customer changed.
    Tell(usize, usize),
    Request(usize),
    /// The oldest waiting request is cancelled.
    Cancel,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: Moment,
    pub(crate) stored: [Vec<Version>; 2],
    /// Whether each open channel is connected.
    pub(crate) channels: Vec<bool>,
    /// The last time when changes may have been missed: a channel connected, or a channel was dropped
    /// that the others don't wait for.
    pub(crate) resumed: u64,
    pub(crate) customers_invalidated: [u64; 2],
    pub(crate) keys_invalidated: [u64; 3],
    pub(crate) all_invalidated: u64,
}

impl World {
    pub(crate) fn is_listening(&self) -> bool {
        !self.channels.is_empty() && self.channels.iter().all(|connected| *connected)
    }

    /// Returns the last invalidation of answers to requests with this key.
    pub(crate) fn invalidated(&self, key: usize, row: Row) -> u64 {
        let customer = match row {
            Row::Plan { customer } => self.customers_invalidated[customer],
            Row::Revoked | Row::InvalidTier => 0,
        };
        let last = self.all_invalidated.max(customer);
        last.max(self.keys_invalidated[key])
    }
}

impl ReferenceStateMachine for World {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        let version = |customer| Version {
            row: Row::Plan { customer },
            ended: None,
        };
        let start = Self {
            now: Moment {
                number: 0,
                ms: 100_000,
            },
            stored: [0, 1].map(|customer| vec![version(customer)]),
            channels: Vec::new(),
            resumed: 0,
            customers_invalidated: [0; 2],
            keys_invalidated: [0; 3],
            all_invalidated: 0,
        };
        (0..3usize)
            .prop_map(move |connected| Self {
                channels: vec![true; connected],
                ..start.clone()
            })
            .boxed()
    }

    fn transitions(world: &Self) -> BoxedStrategy<Transition> {
        let row = prop_oneof![
            3 => (0..2usize).prop_map(|customer| Row::Plan { customer }),
            3 => Just(Row::Revoked),
            1 => Just(Row::InvalidTier),
        ];
        let channel = 0..world.channels.len().max(1);
        prop_oneof![
            30 => prop::sample::select(&[0, 0, 1, 2, 2][..]).prop_map(Transition::Request),
            16 => prop::sample::select(&TIMES[..]).prop_map(Transition::Advance),
            10 => (0..2usize, row).prop_map(|(stored, row)| Transition::Change(stored, row)),
            4 => prop::bool::weighted(0.3).prop_map(Transition::SetDown),
            4 => prop::bool::weighted(0.3).prop_map(Transition::SetHeld),
            1 => (0..2usize).prop_map(Transition::Invalidate),
            1 => (0..KEYS.len()).prop_map(Transition::InvalidateKey),
            1 => Just(Transition::InvalidateAll),
            1 => Just(Transition::Open),
            4 => channel.clone().prop_map(Transition::Connect),
            3 => channel.clone().prop_map(Transition::Lose),
            2 => channel.clone().prop_map(Transition::Drop),
            1 => (channel, 0..2usize)
                .prop_map(|(channel, customer)| Transition::Tell(channel, customer)),
            1 => Just(Transition::Cancel),
        ]
        .boxed()
    }

    fn preconditions(world: &Self, transition: &Transition) -> bool {
        match transition {
            Transition::Open => world.channels.len() < 3,
            Transition::Connect(index)
            | Transition::Lose(index)
            | Transition::Drop(index)
            | Transition::Tell(index, _) => *index < world.channels.len(),
            Transition::Change(stored, _) => world.stored[*stored].len() < VERSIONS,
            _ => true,
        }
    }

    fn apply(mut world: Self, transition: &Transition) -> Self {
        world.now.number += 1;
        let number = world.now.number;
        match *transition {
            Transition::Advance(ms) => world.now.ms += ms,
            Transition::Change(stored, row) => {
                let versions = &mut world.stored[stored];
                if let Some(last) = versions.last_mut() {
                    last.ended = Some(world.now);
                }
                versions.push(Version { row, ended: None });
            }
            Transition::Invalidate(customer) | Transition::Tell(_, customer) => {
                world.customers_invalidated[customer] = number;
            }
            Transition::InvalidateKey(key) => world.keys_invalidated[key] = number,
            Transition::InvalidateAll => world.all_invalidated = number,
            Transition::Open => world.channels.push(false),
            Transition::Connect(index) => {
                world.channels[index] = true;
                world.resumed = number;
            }
            Transition::Lose(index) => world.channels[index] = false,
            Transition::Drop(index) => {
                world.channels.remove(index);
                if world.is_listening() {
                    world.resumed = number;
                }
            }
            Transition::SetDown(_)
            | Transition::SetHeld(_)
            | Transition::Request(_)
            | Transition::Cancel => {}
        }
        world
    }
}
