//! What `doctor` looks at on the network: a connection is made and closed, no prompt and no key is sent.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    time::Duration,
};

use ::http::{HeaderMap, Method, StatusCode, Uri};
use bytes::Bytes;

use super::Finding;
use crate::domain::trouble;
use crate::policy::Backend;
use crate::settings::Settings;
use crate::upstream::{Outgoing, Road, Upstream};

/// Longest wait for one answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The address to listen on is free, or the gateway runs.
pub(super) fn listener(listen: SocketAddr) -> Finding {
    const WHAT: &str = "adresse d'écoute";
    match TcpListener::bind(listen) {
        Ok(_) => Finding::good(WHAT, format!("{listen}, libre")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::doubtful(
            WHAT,
            format!("{listen} est déjà prise"),
            "rien, si c'est la passerelle qui tourne ; sinon, changer `listen`",
        ),
        Err(error) => Finding::wrong(WHAT, format!("{listen} : {}", trouble(&error)), "changer `listen`"),
    }
}

/// A backend answers at its address, or the proxy of the house does.
pub(super) fn backend(backend: &Backend, settings: &Settings) -> Option<Finding> {
    let what = format!("service `{}`", backend.id);
    let Some(url) = &backend.base_url else {
        return Some(Finding::good(what, "simulé, dans la passerelle"));
    };
    let proxy = settings.network.proxy.as_deref();
    let (host, port) = place(proxy.unwrap_or(url))?;
    let through = if proxy.is_some() { " (le mandataire)" } else { "" };
    Some(match reach(&host, port) {
        Ok(()) => Finding::good(what, format!("{host}:{port} répond{through}")),
        Err(why) => Finding::wrong(
            what,
            format!("{host}:{port} {why}{through}"),
            "vérifier `base_url`, le réseau, le pare-feu et `network.proxy`",
        ),
    })
}

/// Host and port of an address; none where it has no host.
fn place(url: &str) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    let host = uri.host()?.trim_matches(['[', ']']).to_owned();
    Some((host, uri.port_u16().unwrap_or(default)))
}

fn reach(host: &str, port: u16) -> Result<(), &'static str> {
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|_| "n'a pas d'adresse : ce nom est inconnu")?;
    let mut addresses = addresses.take(4);
    if addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok()) {
        Ok(())
    } else {
        Err("ne répond pas")
    }
}

/// The issuer of OpenID Connect says where people sign in (OpenID Connect Discovery 1.0, section 4).
pub(super) async fn sign_in(settings: &Settings) -> Option<Finding> {
    const WHAT: &str = "connexion (OpenID Connect)";
    const NEXT: &str = "vérifier `identity.oidc.issuer`, le réseau et `network.proxy`";
    let issuer = settings.identity.oidc.as_ref()?.issuer.trim_end_matches('/').to_owned();
    let Ok(client) = Upstream::new(settings.limits.patience(), settings.network.proxy.as_deref()) else {
        return Some(Finding::wrong(WHAT, "le client ne peut pas être préparé", NEXT));
    };
    let road = Road::Http {
        base_url: issuer.clone(),
        credential: None,
    };
    let ask = Outgoing {
        method: Method::GET,
        dialect: "",
        endpoint: "",
        model: "",
        path: "/.well-known/openid-configuration",
        query: None,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    let heard = tokio::time::timeout(PATIENCE, client.send(&road, &ask)).await;
    Some(match heard {
        Ok(Ok(heard)) if heard.status == StatusCode::OK => Finding::good(WHAT, format!("{issuer} répond")),
        Ok(Ok(heard)) => Finding::wrong(WHAT, format!("{issuer} répond {}", heard.status), NEXT),
        _ => Finding::wrong(WHAT, format!("{issuer} ne répond pas"), NEXT),
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for (url, expected) in [
            ("https://api.mistral.ai/v1", Some(("api.mistral.ai", 443))),
            ("http://127.0.0.1:9900/v1", Some(("127.0.0.1", 9900))),
            ("http://[::1]/", Some(("::1", 80))),
            ("/v1", None),
        ] {
            let found = place(url);
            assert_eq!(
                found.as_ref().map(|(host, port)| (host.as_str(), *port)),
                expected,
                "{url}"
            );
        }
    }
}
