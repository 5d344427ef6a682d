//! Cookies, as they are set: for this host alone, over TLS (or this machine), out of reach of scripts.

use axum::response::Response;
use http::{HeaderValue, header};

/// Sets a cookie that ends with the browser, or after some seconds. Its value is plain ASCII.
pub(super) fn set(response: &mut Response, name: &str, value: &str, seconds: Option<u64>) {
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let line = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// Takes a cookie back.
pub(super) fn clear(response: &mut Response, name: &str) {
    set(response, name, "", Some(0));
}
