use crate::route::index::linear_search::search_linearly;
use crate::route::index::path_segments::PathSegments;
use crate::route::index::template_key::{Key, slot_of, slots, tag_of};
use crate::route::index::{Routed, Routes};
use crate::route::method::Method;
use crate::route::path_matching::Empty;

fn key(template: &str) -> Key {
    Key::of(template.as_bytes(), 0, template.len())
}

fn shape(template: &str) -> u128 {
    key(template).shape
}

fn read(path: &str) -> Option<PathSegments<'_>> {
    let mut segments = PathSegments::unread(path.as_bytes());
    segments.read().then_some(segments)
}

#[test]
fn the_more_specific_shape_is_greater() {
    for (greater, less) in [
        ("/a/b", "/a/{x}"),
        ("/a/{x}", "/a/{*x}"),
        ("/a/{x}", "/{x}/b"),
        ("/@{x}", "/{x}"),
        ("/ab{x}", "/a{x}"),
        ("/a/{x}/c", "/a/{x}/{*x}"),
    ] {
        assert!(shape(greater) > shape(less), "{greater} {less}");
    }
}

#[test]
fn keys_ignore_parameter_names() {
    assert_eq!(key("/a/{x}/@{y}"), key("/a/{other}/@{z}"));
}

#[test]
fn a_path_has_the_hash_of_its_template() {
    for (template, path) in [
        ("/", "/"),
        ("/units", "/units"),
        ("/units/", "/units/"),
        ("/units/{id}/notes", "/units/7/notes"),
        ("/@{user}/x", "/@ada/x"),
        ("/files/{*rest}", "/files/a/b/c"),
        (
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
        ),
        (
            "/1/{*rest}",
            "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18",
        ),
    ] {
        let key = key(template);
        let segments = read(path).expect(path);
        let shape = key.shape.to_be_bytes();
        let found = segments.hash(&shape);
        assert_eq!(found, Some(key.hash), "{template} {path}");
    }
}

#[test]
fn paths_that_cannot_match_a_shape_have_no_hash() {
    for (template, path) in [
        ("/units/{id}", "/units"),
        ("/units/{id}", "/units/"),
        ("/units/{id}", "/units/7/"),
        ("/@{user}", "/@"),
        ("/files/{*rest}", "/files/"),
        ("/files/{*rest}", "/files"),
    ] {
        let segments = read(path).expect(path);
        let shape = shape(template).to_be_bytes();
        assert_eq!(segments.hash(&shape), None, "{template} {path}");
    }
    assert!(read("units").is_none() && read("").is_none());
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Endpoint {
    method: Method,
    template: &'static str,
}

impl Endpoint {
    fn route(&self) -> (Method, &'static str) {
        (self.method, self.template)
    }
}

impl Routed for Endpoint {
    fn template(&self) -> Option<(Method, &[u8], usize, usize)> {
        Some((
            self.method,
            self.template.as_bytes(),
            0,
            self.template.len(),
        ))
    }

    fn is_constrained(&self) -> bool {
        false
    }
}

fn endpoint(method: Method, template: &str) -> Endpoint {
    let template = template.to_owned().leak();
    Endpoint { method, template }
}

/// Returns every path that consists of one to three of these parts. If a path contains `{*r}`, this is
/// its last part.
pub(crate) fn sequences(parts: &[&str]) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut done = 0;
    for _ in 0..3 {
        let until = all.len();
        for start in done..until {
            for part in parts {
                if !all[start].ends_with("{*r}") {
                    all.push(format!("{}/{part}", all[start]));
                }
            }
        }
        done = until;
    }
    all.split_off(1)
}

fn compare(routes: &Routes, endpoints: &[Endpoint], path: &str) {
    compare_with(routes, endpoints, path, Empty::No);
    compare_with(routes, endpoints, path, Empty::Behind);
}

fn compare_with(routes: &Routes, endpoints: &[Endpoint], path: &str, empty: Empty) {
    const METHODS: [Option<Method>; 4] = [
        Some(Method::Get),
        Some(Method::Head),
        Some(Method::Post),
        None,
    ];
    for method in METHODS {
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        search_linearly(endpoints, method, path.as_bytes(), empty, |answers| {
            expected.push(answers.chosen().map(Endpoint::route));
            None::<()>
        });
        routes.each_template(endpoints, method, path, empty, |answers| {
            found.push(answers.chosen().map(Endpoint::route));
            None::<()>
        });
        assert_eq!(found, expected, "{method:?} {path}");
        if !path.is_ascii() || empty == Empty::Behind {
            // `find` percent-encodes non-ASCII paths. These templates aren't percent-encoded, so such
            // paths don't match them. `find` also never matches an empty parameter.
            continue;
        }
        let first = routes.find(endpoints, method, path).map(Endpoint::route);
        assert_eq!(first, expected.first().copied().flatten(), "{path}");
    }
}

#[test]
fn the_index_agrees_with_a_linear_search() {
    let mut endpoints: Vec<Endpoint> = sequences(&["a", "b", "", "{x}", "@{x}", "{*r}"])
        .iter()
        .enumerate()
        .map(|(number, template)| {
            const METHODS: [Method; 4] = [Method::Get, Method::Post, Method::Get, Method::Any];
            endpoint(METHODS[number % 4], template)
        })
        .collect();
    let long = format!("{}/{{x}}", "/a".repeat(20));
    endpoints.push(endpoint(Method::Get, &long));
    // Templates with several HTTP methods.
    for template in ["/a/{x}", "/{*r}", "/a/b/a"] {
        for method in [Method::Any, Method::Post, Method::Get, Method::Head] {
            endpoints.push(endpoint(method, template));
        }
    }
    let paths = sequences(&["a", "b", "", "c", "@", "@c", "@a"]);
    let long = [format!("{}/b", "/a".repeat(20)), "/a".repeat(30)];
    // Each subset omits some of the more specific templates, so lookups also find less specific
    // templates. Each subset is tested in its original order and in reverse.
    for part in [1, 2, 3, 5, 7, 11] {
        let mut some: Vec<Endpoint> = endpoints.iter().step_by(part).copied().collect();
        for _ in 0..2 {
            some.reverse();
            let routes = Routes::of(&some);
            for path in paths.iter().chain(&long) {
                compare(&routes, &some, path);
            }
        }
    }
}

/// Tests two templates whose entries have the same slot and the same tag.
#[test]
fn a_less_specific_template_with_the_same_entry_does_not_answer() {
    let place = |hash, slots| (slot_of(hash, slots), tag_of(hash));
    let of_two = |hash| place(hash, slots(2));
    let of_three = |hash| place(hash, slots(3));

    let one = (0..1_000_000)
        .map(|number| format!("/reports/{number}"))
        .find(|template| of_two(key(template).hash) == of_two(key("/reports/{x}").hash))
        .expect("one of a million");
    find_in_both_orders(&["/reports/{x}", &one], &one);

    // A client may send a path with braces, such as `/@{x1}/7`. In a path, `@{x1}` is a literal.
    let shape = shape("/literal/{x}").to_be_bytes();
    let name = (0..1_000_000)
        .map(|number| format!("x{number}"))
        .find(|name| {
            let path = format!("/@{{{name}}}/7");
            let hash = read(&path).and_then(|path| path.hash(&shape));
            hash.map(of_three) == Some(of_three(key("/@{x}/{y}").hash))
        })
        .expect("one of a million");
    let one = format!("/@{{{name}}}/7");
    let any = format!("/@{{{name}}}/{{y}}");
    find_in_both_orders(&[&any, &one, "/literal/{x}"], &one);
}

fn find_in_both_orders(templates: &[&str], path: &str) {
    let endpoints = templates.iter().map(|path| endpoint(Method::Get, path));
    let mut endpoints: Vec<Endpoint> = endpoints.collect();
    for _ in 0..2 {
        endpoints.reverse();
        let routes = Routes::of(&endpoints);
        compare(&routes, &endpoints, path);
    }
}

#[test]
fn segments_of_about_eight_bytes_are_distinguished() {
    let parts = [
        "1234567",
        "12345678",
        "123456789",
        "12345678{x}",
        "é234567-{x}",
        "{x}",
    ];
    let endpoints: Vec<Endpoint> = sequences(&parts)
        .iter()
        .map(|template| endpoint(Method::Get, template))
        .collect();
    let routes = Routes::of(&endpoints);
    let paths = sequences(&[
        "1234567",
        "12345678",
        "123456789",
        "1234567\0",
        "12345678\0",
        "1234567812345678",
        "é234567-12345678",
        "",
    ]);
    for path in &paths {
        compare(&routes, &endpoints, path);
    }
    let found = paths.iter().filter(|path| {
        let found = routes.find(&endpoints, Some(Method::Get), path);
        found.is_some_and(|endpoint| !endpoint.template.contains('{'))
    });
    // Counts the paths that consist only of the first three parts, which are literals.
    assert_eq!(found.count(), 3 + 9 + 27);
}
