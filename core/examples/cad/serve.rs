//! Starts the server, and stops it after the stop signal.

use crate::billing::Subscriptions;
use crate::outbox::Outbox;
use crate::settings::{Settings, load_overrides};
use crate::stop::StopSignal;
use crate::store::Cad;
use crate::{Tier, demo, limits, metrics, print, router, v1};
use std::error::Error;
use std::future::IntoFuture;
use std::io;
use std::time::Duration;
use tiergate::Overrides;
use tokio::net::TcpListener;

/// How long running calls may take to finish after the stop signal.
const LAST_CALLS: Duration = Duration::from_secs(10);

/// Serves until the stop signal.
///
/// # Errors
/// Returns an error if a setting is wrong, or if something that the server needs is missing.
#[tokio::main]
pub(crate) async fn serve(overrides: &Overrides<Tier>) -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_environment()?;
    tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
    let database = &settings.database;
    let cad = Cad::open(database, &settings.secret)
        .await
        .map_err(|error| {
            let database = settings.database_without_credentials();
            format!("cannot open the database {database}: {error}")
        })?;
    // Without the file, a closed endpoint would be open again. Later mistakes in the file only keep the last
    // good overrides.
    if let Some(file) = load_overrides(overrides).await? {
        tokio::spawn(file.watch(overrides));
    }
    let redis = settings.redis.as_deref();
    let subscriptions = Subscriptions::start(&cad, database, redis, settings.billing_key)
        .map_err(|error| format!("cannot listen for changed plans: {error}"))?;
    let quotas = limits::quotas(redis, settings.servers)
        .map_err(|error| format!("cannot count calls in Redis: {error}"))?;
    if let Some(address) = &settings.metrics {
        let address = metrics::serve(address)
            .await
            .map_err(|error| format!("cannot serve metrics on {address}: {error}"))?;
        print(&format!("metrics on http://{address}/metrics"))?;
    }
    let address = &settings.address;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let mut stop = StopSignal::register()?;

    if cad.is_open() {
        for line in demo::lines(&subscriptions).await {
            print(&line)?;
        }
    } else {
        print("the database is unavailable; calls return 503 until it is back")?;
    }
    print(&format!("listening on http://{}", listener.local_addr()?))?;

    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let outbox = Outbox::new(&cad, overrides, settings.allow_private);
    tokio::spawn(outbox.clone().run());
    let app = router(cad.clone(), subscriptions, overrides, quotas, &outbox).into_router();
    let app = v1::with_other_paths(app);
    let server = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.received().await;
        let _ = stopping.send(());
    });
    let deadline = async {
        // An error means that the server stopped by itself. The other branch reports that.
        let _ = stopped.await;
        tokio::time::sleep(LAST_CALLS).await;
    };
    tokio::select! {
        served = server.into_future() => served?,
        () = deadline => eprintln!("cad: stopped while some calls were still running"),
    }
    outbox.stop().await;
    cad.close().await;
    Ok(())
}
