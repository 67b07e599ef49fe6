//! Comma-separated values, as RFC 4180 has them.

use crate::snapshot::EndpointRow;

const HEADER: &str =
    "method,path,required_tier,required_rank,public_reason,summary,name,module\r\n";

pub(crate) fn document(endpoints: &[EndpointRow]) -> String {
    let mut document = String::from(HEADER);
    for endpoint in endpoints {
        let rank = endpoint.required_rank().map(|rank| rank.to_string());
        let fields = [
            endpoint.method(),
            endpoint.path(),
            endpoint.required(),
            rank.as_deref(),
            endpoint.public_reason(),
            Some(endpoint.summary()),
            Some(endpoint.name()),
            Some(endpoint.module()),
        ];
        for (index, field) in fields.into_iter().enumerate() {
            if index > 0 {
                document.push(',');
            }
            push(&mut document, field.unwrap_or_default());
        }
        document.push_str("\r\n");
    }
    document
}

/// A spreadsheet would calculate what begins like a formula; an apostrophe makes it text.
fn push(document: &mut String, field: &str) {
    let apostrophe = if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    if field.contains([',', '"', '\r', '\n']) {
        document.push('"');
        document.push_str(apostrophe);
        document.push_str(&field.replace('"', "\"\""));
        document.push('"');
    } else {
        document.push_str(apostrophe);
        document.push_str(field);
    }
}

#[cfg(test)]
mod tests {
    use super::push;

    #[test]
    fn a_field_stays_one_field_and_is_never_a_formula() {
        for (field, expected) in [
            ("/units", "/units"),
            ("a,b", "\"a,b\""),
            ("a \"b\"", "\"a \"\"b\"\"\""),
            ("a\nb", "\"a\nb\""),
            ("=1+1", "'=1+1"),
            ("@x,\"y\"", "\"'@x,\"\"y\"\"\""),
        ] {
            let mut document = String::new();
            push(&mut document, field);
            assert_eq!(document, expected);
        }
    }
}
