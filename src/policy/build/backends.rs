//! Checks of the backends: where they are, how they are reached, whether anything uses them.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use super::owned;
use crate::footprint;
use crate::policy::codes;
use crate::policy::document::{BackendDoc, ToolDoc};
use crate::policy::log::{At, Log, Mistake};
use crate::policy::parts::{Backend, SecretRef, Zone};
use crate::policy::spelling::nearest;
use crate::policy::terms::Speech;

pub(super) fn backend(doc: &BackendDoc, log: &Log<'_>) -> Option<Backend> {
    let dialect = doc.dialect.as_ref()?.value;
    match &doc.base_url {
        Some(url) if dialect == Speech::Simulated => simulated(url.span.clone(), "base_url", log),
        Some(url) => check_url(url, log),
        None if dialect == Speech::Simulated || doc.mistyped.contains(&"base_url") => {}
        None => log.add(
            Mistake::error(codes::MISSING, &doc.span, "il manque `base_url` à ce backend")
                .help(format!("exemple : base_url = \"{}\"", example(dialect)))
                .lacks("base_url", &doc.span),
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
    if let Some((provider, zone)) = &doc.footprint {
        footprint(provider.as_ref(), zone.as_ref(), log);
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

/// Both must be in the tables, or no answer would have a figure.
fn footprint(provider: Option<&At<String>>, zone: Option<&At<String>>, log: &Log<'_>) {
    if let Some(provider) = provider.filter(|provider| !footprint::providers().any(|known| known == provider.value)) {
        let message = format!("EcoLogits ne connaît pas le fournisseur `{}`", provider.value);
        let known: Vec<_> = footprint::providers().map(|name| format!("`{name}`")).collect();
        log.add(
            Mistake::error(codes::NOT_LISTED, &provider.span, message)
                .help(format!("valeurs admises : {}", known.join(", ")))
                .suggest(nearest(&provider.value, footprint::providers())),
        );
    }
    if let Some(zone) = zone.filter(|zone| !footprint::zones().any(|known| known == zone.value)) {
        let message = format!("EcoLogits ne connaît pas l'électricité de la zone `{}`", zone.value);
        log.add(
            Mistake::error(codes::NOT_LISTED, &zone.span, message)
                .help("le code d'un pays en trois lettres, comme FRA ou USA, ou WOR pour le monde (ISO 3166-1)")
                .suggest(meant(&zone.value)),
        );
    }
}

/// Countries where data centres of the providers are, by their other names.
const COUNTRIES: [(&str, &str, &str); 9] = [
    ("FRA", "FR", "france"),
    ("SWE", "SE", "suède"),
    ("USA", "US", "états-unis"),
    ("DEU", "DE", "allemagne"),
    ("BEL", "BE", "belgique"),
    ("NLD", "NL", "pays-bas"),
    ("IRL", "IE", "irlande"),
    ("FIN", "FI", "finlande"),
    ("WOR", "WORLD", "monde"),
];

/// The zone that was probably meant: half of the alphabet is one letter away from a code, so only its end may differ.
fn meant(zone: &str) -> Option<&'static str> {
    let (upper, lower) = (zone.to_uppercase(), zone.to_lowercase());
    let named = COUNTRIES
        .iter()
        .find(|(_, short, name)| *short == upper || *name == lower);
    named.map(|(code, _, _)| *code).or_else(|| {
        let start = upper.get(..2).filter(|_| upper.len() == 3)?;
        nearest(&upper, footprint::zones().filter(|code| code.starts_with(start)))
    })
}

/// Answers of a model that is not in the tables have no figure, which somebody should know.
pub(super) fn without_footprint(docs: &[BackendDoc], tools: &[ToolDoc], log: &Log<'_>) {
    let providers: HashMap<&str, &str> = docs
        .iter()
        .filter_map(|doc| {
            let (provider, _) = doc.footprint.as_ref()?;
            Some((doc.id.as_ref()?.value.as_str(), provider.as_ref()?.value.as_str()))
        })
        .collect();
    for tool in tools {
        let measured = || tool.backends.iter().filter_map(|id| providers.get(id.value.as_str()));
        let Some(first) = measured().next() else { continue };
        for model in &tool.models {
            if measured().any(|provider| footprint::knows(provider, &model.value)) {
                continue;
            }
            let message = format!("EcoLogits ne connaît pas de modèle `{}` de {first}", model.value);
            let mistake = Mistake::warning(codes::NO_FOOTPRINT, &model.span, message);
            log.add(mistake.help("l'empreinte de ses réponses sera inconnue, et ne sera pas comptée comme nulle"));
        }
    }
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
