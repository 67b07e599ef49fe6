use futures_util::{Stream, StreamExt};
use rocket::response::stream::{Event, EventStream};
use rocket::{get, routes};
use std::net::TcpListener;
use std::sync::LazyLock;
use tiergate::rocket::problems;
use tiergate::{Catalogue, Problem, Watch, requires_tier};
use tiergate_tests_conformance::Tier;
use tiergate_tests_conformance::connections::{Server, ticks};

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::new::<Api>(module_path!(), serve));

mod streams {
    tiergate_tests_conformance::streams_tests!(tiergate_tests_conformance::connections::streams);
}

fn events(watch: Watch<Tier>) -> EventStream<impl Stream<Item = Event>> {
    let events = ticks().map(|tick| Event::data(tick.to_string()));
    EventStream::from(watch.while_allowed_then(events, |refusal| {
        Event::data(Problem::new(&refusal).to_json()).event("revoked")
    }))
}

#[requires_tier(Plus, guard = pass)]
#[get("/live")]
fn live() -> EventStream<impl Stream<Item = Event>> {
    events(pass.watch())
}

#[requires_tier(Plus, guard = pass)]
#[get("/announcements")]
fn announcements() -> EventStream<impl Stream<Item = Event>> {
    events(pass.watch())
}

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Api;

fn serve(listener: TcpListener, server: &'static Server) {
    let port = listener.local_addr().unwrap().port();
    // Closed first, because the listener's queue could swallow a client.
    drop(listener);
    let config = rocket::Config {
        port,
        log_level: rocket::config::LogLevel::Off,
        ..rocket::Config::debug_default()
    };
    let app = rocket::custom(config)
        .attach(server.tiers())
        .attach(problems())
        .mount("/", routes![live, announcements]);
    rocket::execute(app.launch()).unwrap();
}
