//! The texts of compile-time errors.

use crate::endpoint::Endpoint;

/// The text of a compile error. It is built at compile time, when `format!` isn't available.
pub(crate) struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }

    pub(crate) const fn push_endpoint(&mut self, endpoint: Endpoint) {
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

    pub(crate) const fn push_number(&mut self, number: u32) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let digits = "0123456789";
        let digit = (number % 10) as usize;
        self.push(digits.split_at(digit).1.split_at(1).0);
    }

    /// Appends `text` if it fits completely. Part of the text could end within a character.
    pub(crate) const fn push(&mut self, text: &str) {
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

    pub(crate) const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}
