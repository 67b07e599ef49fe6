//! The responses to refused gRPC and gRPC-Web calls.

use crate::frameworks::problem::Problem;
use crate::frameworks::tower::enforce_refusal::EnforceRefusal;
use crate::frameworks::tower::grpc_status::{self, grpc_code, retry_pushback};
use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use http::request::Parts;
use http::{Method, Response};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A wire format of gRPC calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrpcFormat {
    /// The status and the message are headers.
    Grpc,
    /// The status and the message are in a frame at the end of the body, because browsers don't expose
    /// trailers.
    Web,
    /// Like `Web`, with a base64 body.
    WebText,
}

impl GrpcFormat {
    /// Returns the format of the response to a gRPC call, or `None` for any other request. Every gRPC
    /// call is a `POST`.
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        if head.method != Method::POST {
            return None;
        }
        match Self::of_media_type(&head.headers, &CONTENT_TYPE)? {
            Self::Grpc => Some(Self::Grpc),
            format => match Self::of_media_type(&head.headers, &ACCEPT) {
                Some(accepted @ (Self::Web | Self::WebText)) => Some(accepted),
                _ => Some(format),
            },
        }
    }

    /// Reads the format from a header such as `application/grpc`, `application/grpc+proto` or
    /// `application/grpc;…`.
    fn of_media_type(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let value = headers.get(name)?.as_bytes().to_ascii_lowercase();
        let end = value.iter().position(|byte| b"+;, ".contains(byte));
        match &value[..end.unwrap_or(value.len())] {
            b"application/grpc" => Some(Self::Grpc),
            b"application/grpc-web" => Some(Self::Web),
            b"application/grpc-web-text" => Some(Self::WebText),
            _ => None,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Grpc => "application/grpc",
            Self::Web => "application/grpc-web+proto",
            Self::WebText => "application/grpc-web-text+proto",
        }
    }
}

/// Creates the response to a refused call.
pub(crate) fn grpc_response(refused: &EnforceRefusal, format: GrpcFormat) -> Response<Bytes> {
    const STATUS: HeaderName = HeaderName::from_static("grpc-status");
    const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
    const PUSHBACK: HeaderName = HeaderName::from_static(grpc_status::PUSHBACK);
    let grpc_code = grpc_code(refused.status());
    let grpc_message = encode_message(&refused.to_string());
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    // The response's HTTP status is 200, so without this header, a cache could store the response as a
    // success.
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static(Problem::CACHE_CONTROL),
    );
    if let Some(wait) = refused.problem().retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    if format == GrpcFormat::Grpc {
        headers.insert(STATUS, HeaderValue::from(grpc_code));
        if let EnforceRefusal::Endpoint(refusal) = refused
            && let Some(pushback) = retry_pushback(refusal)
        {
            headers.insert(PUSHBACK, HeaderValue::from(pushback));
        }
        // The conversion can't fail, because the percent-encoded message is ASCII without control
        // characters.
        if let Ok(grpc_message) = HeaderValue::try_from(grpc_message) {
            headers.insert(MESSAGE, grpc_message);
        }
        return response;
    }
    let frame = trailers_frame(&format!(
        "grpc-status: {grpc_code}\r\ngrpc-message: {grpc_message}\r\n"
    ));
    *response.body_mut() = match format {
        GrpcFormat::WebText => base64(&frame).into(),
        _ => frame.into(),
    };
    response
}

/// Creates the gRPC-Web frame that contains the trailers and ends a body.
fn trailers_frame(text: &str) -> Vec<u8> {
    const TRAILERS: u8 = 0x80;
    // The frames of this crate are shorter than 4 GiB.
    let length = u32::try_from(text.len()).unwrap_or_default();
    [
        &[TRAILERS],
        length.to_be_bytes().as_slice(),
        text.as_bytes(),
    ]
    .concat()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit_index in 0..4 {
            text.push(if digit_index > chunk.len() {
                '='
            } else {
                char::from(DIGITS[(bits >> (18 - 6 * digit_index)) as usize & 63])
            });
        }
    }
    text
}

/// Percent-encodes the characters that a status message can't contain.
fn encode_message(text: &str) -> String {
    const SET: &AsciiSet = &CONTROLS.add(b'%');
    utf8_percent_encode(text, SET).to_string()
}

#[cfg(test)]
mod tests {
    use super::{GrpcFormat, base64, encode_message, trailers_frame};
    use http::Request;

    #[test]
    fn messages_are_ascii() {
        assert_eq!(
            encode_message("`a` 100%\r\n€\u{7f}"),
            "`a` 100%25%0D%0A%E2%82%AC%7F"
        );
    }

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn a_frame_has_its_length() {
        assert_eq!(trailers_frame("abc"), b"\x80\0\0\0\x03abc");
    }

    #[test]
    fn a_call_is_known_by_its_content_type() {
        for (content_type, accept, expected) in [
            ("application/grpc", "", Some(GrpcFormat::Grpc)),
            ("application/grpc+proto", "", Some(GrpcFormat::Grpc)),
            ("application/grpc; x", "", Some(GrpcFormat::Grpc)),
            ("application/grpc-web", "", Some(GrpcFormat::Web)),
            ("Application/gRPC-Web+proto", "*/*", Some(GrpcFormat::Web)),
            ("application/grpc-web-text", "", Some(GrpcFormat::WebText)),
            (
                "application/grpc-web-text+proto",
                "application/grpc-web",
                Some(GrpcFormat::Web),
            ),
            (
                "application/grpc-web",
                "application/grpc-web-text",
                Some(GrpcFormat::WebText),
            ),
            ("application/grpcx", "", None),
            ("application/json", "application/grpc-web", None),
        ] {
            let call = |method: &str| {
                let request = Request::builder().method(method);
                let request = request.header("content-type", content_type);
                let request = request.header("accept", accept).body(());
                GrpcFormat::of(&request.expect("a request").into_parts().0)
            };
            assert_eq!(call("POST"), expected, "{content_type} {accept}");
            assert_eq!(call("GET"), None);
        }
    }
}
