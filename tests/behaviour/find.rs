//! Which endpoint `find` returns for a path, regardless of the order of the list.

use tiergate::{Catalogue, Endpoint, requires_tier};

#[derive(Clone, Copy, tiergate::Tier)]
enum Tier {
    Free,
    Pro,
}

#[requires_tier(Free, get = "/files/{*rest}")]
fn any_file() {}

#[requires_tier(Pro, get = "/files/{id}")]
fn one_file() {}

#[requires_tier(Pro, get = "/files/@{name}")]
fn named_file() {}

#[requires_tier(Pro, get = "/files/all")]
fn all_files() {}

#[requires_tier(Free, get = "/{area}/all")]
fn all() {}

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(any_file, all, one_file, named_file, all_files))]
struct TheLeastSpecificFirst;

#[derive(Catalogue)]
#[catalogue(tier = Tier, handlers(all_files, named_file, one_file, all, any_file))]
struct TheMostSpecificFirst;

#[derive(Catalogue)]
#[catalogue(tier = Tier)]
struct Registered;

mod methods {
    use super::Tier;
    use tiergate::Catalogue;

    tiergate::endpoint! {
        create(Free, post = "/items/active");
        item(Pro, get = "/items/{id}");
        admin(Pro, get = "/admin");
        look(Free, head = "/{*path}");
        live(Pro, any = "/ws/{room}");
        lobby(Free, get = "/ws/{room}");
        tunnel(Pro, connect = "/tunnel");
        escaped(Pro, get = "/gr%C3%B6%C3%9Fe/@{user}");
        deep(Free, any = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/{id}");
        deeper(Pro, post = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18");
    }

    #[derive(Catalogue)]
    #[catalogue(
        tier = Tier,
        handlers(create, item, admin, look, live, lobby, tunnel, escaped, deep, deeper)
    )]
    pub(super) struct Api;
}

#[test]
fn the_most_specific_endpoint_wins_in_any_order() {
    for find in [
        TheLeastSpecificFirst::find,
        TheMostSpecificFirst::find,
        Registered::find,
    ] {
        for (path, expected) in [
            ("/files/all", Some("all_files")),
            ("/files/@ada", Some("named_file")),
            ("/files/@", Some("one_file")),
            ("/files/7", Some("one_file")),
            ("/files/{id}", Some("one_file")),
            ("/files/{*rest}", Some("one_file")),
            ("/files/7/", Some("any_file")),
            ("/files/7/all", Some("any_file")),
            ("/units/all", Some("all")),
            ("/files/", None),
            ("/units/7", None),
        ] {
            assert_eq!(find("GET", path).map(Endpoint::name), expected, "{path}");
        }
    }
}

#[test]
fn the_path_decides_before_the_method() {
    for (method, path, expected) in [
        ("POST", "/items/active", Some("create")),
        ("GET", "/items/active", None),
        ("HEAD", "/items/active", None),
        ("GET", "/items/7", Some("item")),
        ("HEAD", "/items/7", Some("item")),
        ("POST", "/items/7", None),
        ("GET", "/admin", Some("admin")),
        ("HEAD", "/admin", Some("admin")),
        ("HEAD", "/other", Some("look")),
        ("GET", "/other", None),
        ("GET", "/ws/7", Some("lobby")),
        ("HEAD", "/ws/7", Some("lobby")),
        ("POST", "/ws/7", Some("live")),
        ("CONNECT", "/ws/7", Some("live")),
        ("BREW", "/ws/7", Some("live")),
        ("ANY", "/ws/7", Some("live")),
        ("CONNECT", "/tunnel", Some("tunnel")),
        ("GET", "/tunnel", None),
        ("get", "/admin", None),
        (
            "POST",
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18",
            Some("deeper"),
        ),
        ("GET", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18", None),
        (
            "BREW",
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/x",
            Some("deep"),
        ),
    ] {
        let found = methods::Api::find(method, path).map(Endpoint::name);
        assert_eq!(found, expected, "{method} {path}");
    }
}

#[test]
fn literals_are_compared_after_decoding() {
    for (path, expected) in [
        ("/gr%C3%B6%C3%9Fe/@7", Some("escaped")),
        ("/gr%c3%b6%c3%9fe/@7", Some("escaped")),
        ("/gr\u{f6}\u{df}e/@7", Some("escaped")),
        ("/%67r%C3%B6%C3%9Fe/%407", Some("escaped")),
        ("/Gr%C3%B6%C3%9Fe/@7", None),
        ("/gr%C3%B6%C3%9Fe/%zz", None),
        ("/%61dmin", Some("admin")),
        ("/items/a%2Fb", Some("item")),
        ("/items/100%", Some("item")),
        ("/items/%61ctive", None),
    ] {
        let found = methods::Api::find("GET", path).map(Endpoint::name);
        assert_eq!(found, expected, "{path}");
    }
}
