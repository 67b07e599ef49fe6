//! Who was let through and who was refused, counted by endpoint and tier: for the operator, on an
//! address of its own that customers do not reach.

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::error::Error;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves the counters in the text format of Prometheus. Says where.
///
/// # Errors
/// The address cannot be listened on.
pub(crate) async fn serve(address: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let counters = PrometheusBuilder::new().install_recorder()?;
    let app = Router::new().route("/metrics", get(move || async move { counters.render() }));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            eprintln!("error: metrics are not told any more: {error}");
        }
    });
    Ok(address)
}
