//! Checks of the backends: where they are, how they are reached, whether anything uses them.

use std::{collections::HashSet, net::IpAddr};

use super::owned;
use crate::policy::codes;
use crate::policy::document::{BackendDoc, ToolDoc};
use crate::policy::log::{At, Log, Mistake};
use crate::policy::parts::{Backend, SecretRef, Zone};
use crate::policy::terms::Speech;

pub(super) fn backend(doc: &BackendDoc, log: &Log<'_>) -> Option<Backend> {
    let dialect = doc.dialect.as_ref()?.value;
    match &doc.base_url {
        Some(url) if dialect == Speech::Simulated => simulated(url.span.clone(), "base_url", log),
        Some(url) => check_url(url, log),
        None if dialect == Speech::Simulated || doc.mistyped.contains(&"base_url") => {}
        None => log.add(
            Mistake::error(codes::MISSING, &doc.span, "il manque `base_url` à ce backend")
                .help(format!("exemple : base_url = \"{}\"", example(dialect))),
        ),
    }
    if let (Some(key), Speech::Simulated) = (&doc.api_key, dialect) {
        simulated(key.span.clone(), "api_key", log);
    }
    if let Some(At {
        value: (true, name),
        span,
    }) = &doc.api_key
        && !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        let mistake = Mistake::error(
            codes::BAD_ID,
            span,
            "ce n'est pas le nom d'une variable d'environnement",
        );
        log.add(
            mistake.help("lettres, chiffres et `_`, comme GEMINI_API_KEY ; la clé elle-même ne s'écrit jamais ici"),
        );
    }
    Some(Backend {
        id: owned(&doc.id)?,
        dialect,
        base_url: owned(&doc.base_url),
        api_key: doc.api_key.as_ref().map(|At { value: (env, name), .. }| {
            if *env {
                SecretRef::Env(name.clone())
            } else {
                SecretRef::File(name.clone())
            }
        }),
        footprint: match &doc.footprint {
            Some((provider, zone)) => Some(Zone {
                provider: owned(provider)?,
                zone: owned(zone)?,
            }),
            None => None,
        },
    })
}

fn simulated(span: crate::policy::log::Span, key: &str, log: &Log<'_>) {
    let message = format!("`{key}` est sans objet : le backend simulé est dans la passerelle");
    log.add(Mistake::error(codes::SIMULATED, &span, message).help("retirer cette clé"));
}

fn example(dialect: Speech) -> &'static str {
    match dialect {
        Speech::Gemini => "https://generativelanguage.googleapis.com",
        Speech::Anthropic => "https://api.anthropic.com",
        Speech::Openai | Speech::Simulated => "https://api.mistral.ai/v1",
    }
}

/// Prompts leave by this address: it must be encrypted, unless it stays on this machine, and hold nothing but itself.
fn check_url(url: &At<String>, log: &Log<'_>) {
    let refuse = |message: &str, help: &str| {
        log.add(Mistake::error(codes::BAD_URL, &url.span, message).help(help));
    };
    let Some((scheme, rest)) = url.value.split_once("://") else {
        return refuse(
            "l'adresse d'un backend commence par https://",
            "exemple : https://api.mistral.ai/v1",
        );
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if rest.contains(['?', '#']) {
        return refuse(
            "l'adresse d'un backend n'a ni `?` ni `#`",
            "une clé s'indique par `api_key`",
        );
    }
    // An address may hold a password here: the message does not repeat it.
    if authority.contains('@') {
        return refuse(
            "l'adresse d'un backend ne porte ni nom ni mot de passe",
            "une clé s'indique par `api_key`",
        );
    }
    let host = host(authority);
    if host.is_empty() || url.value.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return refuse(
            "cette adresse n'est pas celle d'un serveur",
            "exemple : https://api.mistral.ai/v1",
        );
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(host) => {}
        "http" => refuse(
            "l'adresse d'un backend doit être chiffrée",
            "écrire https://, sauf pour cette machine elle-même",
        ),
        _ => refuse(
            "l'adresse d'un backend commence par https://",
            "exemple : https://api.mistral.ai/v1",
        ),
    }
}

/// Without port and brackets.
fn host(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A backend of no tool is probably a slip.
pub(super) fn unused(docs: &[BackendDoc], tools: &[ToolDoc], log: &Log<'_>) {
    let used: HashSet<&str> = tools
        .iter()
        .flat_map(|tool| &tool.backends)
        .map(|id| id.value.as_str())
        .collect();
    for id in docs
        .iter()
        .filter_map(|doc| doc.id.as_ref())
        .filter(|id| !used.contains(id.value.as_str()))
    {
        let message = format!("aucun outil n'emploie le backend `{}`", id.value);
        log.add(Mistake::warning(codes::UNUSED, &id.span, message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_or_local_addresses_pass() {
        for (url, passes) in [
            ("https://api.mistral.ai/v1", true),
            ("https://api.mistral.ai:8443", true),
            ("http://127.0.0.1:9900/v1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:9900", true),
            ("http://localhost:11434/v1", true),
            ("http://api.mistral.ai/v1", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
            ("http://127.0.0.1@evil.example", false),
            ("http://127.0.0.1#@evil.example", false),
            ("http://127.0.0.1?@evil.example", false),
            ("http://[::1].evil.example@x", false),
            ("https://user:secret@api.example", false),
            ("https://api.example/?key=secret", false),
            ("https://", false),
            ("https://a b", false),
            ("ftp://127.0.0.1", false),
            ("api.mistral.ai", false),
        ] {
            let log = Log::new(url, "test");
            check_url(
                &At {
                    value: url.to_owned(),
                    span: 0..url.len(),
                },
                &log,
            );
            assert_eq!(!log.has_errors(), passes, "{url}");
        }
    }
}
