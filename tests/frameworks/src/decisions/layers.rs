//! The layers of a program.

use crate::decisions::callers::Source;
use crate::decisions::overrides::{at, closing_everything, table};
use crate::{Form, TIER, Tier};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tiergate::source::Credential;
use tiergate::{Catalogue, Endpoint, Overrides, TierLayer};

/// The layers of a program in one of its forms, from the outside in. Authentication is the innermost
/// layer.
#[derive(Clone, Debug)]
pub struct Layers {
    form: Form,
    /// Overrides that close everything.
    pub outer: Overrides<Tier>,
    /// The layer that looks up [`caller_named`](super::caller_named).
    pub tiers: TierLayer<Tier>,
    /// The inner overrides.
    pub overrides: Overrides<Tier>,
}

type Changing = (Overrides<Tier>, Vec<Endpoint>);

/// The overrides that tests change, and the endpoints, of each program by its port.
static CHANGING: Mutex<Option<HashMap<u16, Changing>>> = Mutex::new(None);

impl Layers {
    /// Creates the layers of a program that serves this port. `module` is the module that contains the
    /// program's handlers.
    ///
    /// # Panics
    /// If an override is invalid.
    pub fn new<C: Catalogue<Tier = Tier>>(port: u16, form: Form, module: &str) -> Self {
        let endpoints = C::endpoints().iter().copied();
        let endpoints: Vec<_> = endpoints
            .filter(|endpoint| endpoint.module() == module)
            .collect();
        let empty = || Overrides::of::<C>().with_clock(at);
        let of_rows = empty();
        of_rows
            .replace(1, table(&endpoints))
            .expect("valid overrides");
        let closing = empty();
        closing
            .replace(1, closing_everything(&endpoints))
            .expect("valid overrides");
        let changing = empty();
        if form == Form::Program {
            let mut by_port = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
            let by_port = by_port.get_or_insert_default();
            by_port.insert(port, (changing.clone(), endpoints));
        }
        let tiers = TierLayer::new(Source).credential(Credential::header(TIER));
        let of_tiers = if form == Form::Replaced {
            &of_rows
        } else {
            &closing
        };
        Self {
            form,
            tiers: tiers.overrides(of_tiers),
            outer: closing,
            overrides: if form == Form::Program {
                changing
            } else {
                of_rows
            },
        }
    }

    /// Returns whether the program has the outer overrides.
    pub fn has_outer(&self) -> bool {
        self.form == Form::Replaced
    }

    /// Returns whether the program has the tier layer.
    pub fn has_tiers(&self) -> bool {
        matches!(self.form, Form::Replaced | Form::Program)
    }

    /// Returns whether the program has the inner overrides.
    pub fn has_overrides(&self) -> bool {
        self.form != Form::Replaced
    }

    /// Returns whether the program has an authentication layer, which inserts the caller that the
    /// header [`TIER`] names.
    pub fn has_authentication(&self) -> bool {
        matches!(self.form, Form::Layered | Form::Program)
    }
}

/// Returns the overrides that tests change in the program at this address, and the program's endpoints.
/// Waits if the program is still starting.
///
/// # Panics
/// If the program doesn't start.
pub fn changing(at: SocketAddr) -> Changing {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        let by_port = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changing) = by_port.as_ref().and_then(|by_port| by_port.get(&at.port())) {
            return changing.clone();
        }
        drop(by_port);
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("a program starts")
}
