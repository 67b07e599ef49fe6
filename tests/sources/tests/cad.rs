//! The example `cad` and its operator: a database that is down at the start, and the counters.

mod cad_servers;

use std::thread::sleep;
use std::time::{Duration, Instant};
use tiergate_tests_sources::cad::Cad;
use tiergate_tests_sources::servers::{Postgres, free_port};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_before_its_database() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let database = postgres.database().await;
    postgres.kill();
    let cad = Cad::start(false, &[("CAD_DATABASE", &database)]);
    for community in ["demo-free", "demo-one", "demo-nobody"] {
        let begun = Instant::now();
        let (status, wait) = cad.close_call_and_wait(community);
        assert_eq!((status, wait.as_deref()), (503, Some("5")), "{community}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{community}");
    }
    assert_eq!(cad.change_plan("demo-free", Some("One")), 503);

    postgres.resume();
    let deadline = Instant::now() + Duration::from_secs(20);
    while cad.close_call("demo-plus") != 404 {
        assert!(Instant::now() < deadline, "the database is not used");
        sleep(Duration::from_millis(50));
    }
    assert_eq!(cad.close_call("demo-free"), 400);

    // A cached caller reaches the handler, which needs the database too.
    postgres.kill();
    for community in ["demo-plus", "demo-one"] {
        let (status, wait) = cad.close_call_and_wait(community);
        assert_eq!((status, wait.as_deref()), (503, Some("5")), "{community}");
    }
}

#[test]
fn metrics_show_which_endpoints_would_sell_upgrades() {
    let file =
        std::env::temp_dir().join(format!("tiergate-metrics-{}.sqlite3", std::process::id()));
    let database = format!("sqlite:{}", file.display());
    let metrics = format!("127.0.0.1:{}", free_port());
    let settings = [
        ("CAD_DATABASE", database.as_str()),
        ("CAD_METRICS", &metrics),
    ];
    let cad = Cad::start(false, &settings);
    for _ in 0..3 {
        cad.close_call("demo-free");
    }
    cad.close_call("demo-pro");
    let counted = cad.read(&format!("http://{metrics}/metrics"));
    for line in [
        r#"tiergate_refused_total{endpoint="close_call",tier="Free",required="Plus",code="tier_too_low"} 3"#,
        r#"tiergate_allowed_total{endpoint="close_call",tier="Pro",required="Plus"} 1"#,
    ] {
        assert!(counted.contains(line), "{line} is not in\n{counted}");
    }
    // The customers' port doesn't serve the counters.
    let own = cad.read(&format!("{}/metrics", cad.base));
    assert_eq!(own, "UNKNOWN ENDPOINT");
    drop(cad);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", file.display()));
    }
}
