//! Reports the frameworks whose features are disabled. Cargo skips their tests silently.

fn main() -> Result<(), String> {
    let frameworks = [
        ("actix-web", cfg!(feature = "actix-web")),
        ("actix-ws", cfg!(feature = "actix-ws")),
        ("axum", cfg!(feature = "axum")),
        ("axum-ws", cfg!(feature = "axum-ws")),
        ("poem", cfg!(feature = "poem")),
        ("quota", cfg!(feature = "quota")),
        ("redis", cfg!(feature = "redis")),
        ("rocket", cfg!(feature = "rocket")),
        ("salvo", cfg!(feature = "salvo")),
        ("source", cfg!(feature = "source")),
        ("tonic", cfg!(feature = "tonic")),
        ("tower", cfg!(feature = "tower")),
        ("watch", cfg!(feature = "watch")),
    ];
    let left_out: Vec<_> = (frameworks.iter())
        .filter_map(|(name, is_enabled)| (!is_enabled).then_some(*name))
        .collect();
    if left_out.is_empty() {
        println!("every framework is tested");
        return Ok(());
    }
    let message = format!(
        "not tested: {}; run `cargo test -p tiergate-tests-conformance --all-features`",
        left_out.join(", ")
    );
    if std::env::var_os("TIERGATE_TEST_ALL").is_some() {
        return Err(message);
    }
    println!("{message}");
    Ok(())
}
