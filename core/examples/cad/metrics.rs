//! Counters of accepted and refused calls by endpoint and tier. The operator reads them on a separate
//! address that customers can't reach.

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::error::Error;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Serves the counters in the Prometheus text format. Returns the server's address.
///
/// # Errors
/// Returns an error if the server can't listen on the address.
pub(crate) async fn serve(address: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let counters = PrometheusBuilder::new().install_recorder()?;
    let app = Router::new().route("/metrics", get(move || async move { counters.render() }));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            eprintln!("error: metrics are no longer served: {error}");
        }
    });
    Ok(address)
}
