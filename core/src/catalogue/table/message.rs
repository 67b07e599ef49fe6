//! Builds the text of a compile error.

use crate::endpoint::Endpoint;

/// A message built at compile time, when `format!` isn't available.
pub(super) struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }

    pub(super) const fn endpoint(&mut self, endpoint: Endpoint) {
        self.push("`");
        self.push(endpoint.module());
        self.push("::");
        self.push(endpoint.name());
        self.push("`");
        if let Some((method, path)) = endpoint.route() {
            self.push(" (");
            self.push(method.as_str());
            self.push(" ");
            self.push(path);
            self.push(")");
        }
    }

    /// Appends a text. Appends nothing if the text doesn't fit, because a cut could split a character.
    pub(super) const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut index = 0;
        while index < text.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
    }

    pub(super) const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}
