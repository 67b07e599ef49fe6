//! A `tracing` layer that records everything.

use std::fmt::{Debug, Write};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// Records every event, every new span and every recorded field as one line each.
#[derive(Clone, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    /// Returns the records of these calls.
    pub fn of(calls: impl Future<Output = ()>) -> Vec<String> {
        let notes = Self::default();
        alone(async {
            let subscriber = tracing_subscriber::registry().with(notes.clone());
            let _guard = tracing::subscriber::set_default(subscriber);
            calls.await;
        });
        std::mem::take(&mut notes.lines())
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.lines().push(line.0);
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut line = Line("new span".to_owned());
        attributes.record(&mut line);
        self.lines().push(line.0);
    }

    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        let mut line = Line("span".to_owned());
        values.record(&mut line);
        self.lines().push(line.0);
    }
}

/// Runs the calls while no other test runs such calls. If a test without a subscriber reaches an event
/// first, `tracing` may cache that the event is disabled.
pub fn alone(calls: impl Future<Output = ()>) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(calls);
}
