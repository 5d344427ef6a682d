//! Finding a model by the name under which a provider is asked for it.
//!
//! The tables know exact names. Besides those, only these ways of writing the same model are understood, and what is
//! left must be in the tables as it stands; nothing is looked for that is merely near:
//!
//! - `models/NAME` (Gemini), `publishers/…/models/NAME` and `projects/…/publishers/…/models/NAME` (Vertex AI), and
//!   `google/NAME` (Vertex AI in OpenAI's dialect);
//! - `NAME@VERSION` (Vertex AI), which is `NAME-VERSION`, or `NAME` where the version is `default`;
//! - a dated copy of a listed model, in its provider's own way: `-2026-04-23` (OpenAI), `-20260423` (Anthropic), `-001`
//!   (Google).
//!
//! A shorter date is another model at Mistral (`-2411`) and at OpenAI (`-1106`), and so is a Google preview
//! (`-preview-09-2025`): those are unknown unless they are listed.

use super::tables::{self, Model, Provider};

pub(super) fn find(provider: &Provider, asked: &str) -> Option<&'static Model> {
    let exact = |name: &str| tables::model(provider, name);
    if let Some(model) = exact(asked) {
        return Some(model);
    }
    let name = bare(provider, asked);
    let name = name.strip_suffix("@default").unwrap_or(name).replace('@', "-");
    exact(&name).or_else(|| exact(undated(provider, &name)?))
}

/// Without the path of the provider's own lists.
fn bare<'n>(provider: &Provider, asked: &'n str) -> &'n str {
    if let Some(name) = asked.strip_prefix("models/") {
        return name;
    }
    if provider.name == "google_genai"
        && let Some(name) = asked.strip_prefix("google/")
    {
        return name;
    }
    let vertex = asked.starts_with("publishers/") || asked.starts_with("projects/") && asked.contains("/publishers/");
    match asked.rsplit_once("/models/") {
        Some((_, name)) if vertex => name,
        _ => asked,
    }
}

/// The model of which this is a dated copy.
fn undated<'n>(provider: &Provider, name: &'n str) -> Option<&'n str> {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match provider.name {
        "google_genai" => name
            .rsplit_once('-')
            .filter(|(_, number)| digits(number, 3))
            .map(|(name, _)| name),
        "anthropic" => name
            .rsplit_once('-')
            .filter(|(_, day)| is_day(day))
            .map(|(name, _)| name),
        "openai" => {
            let (name, day) = name.split_at_checked(name.len().checked_sub("-2026-04-23".len())?)?;
            let parts: Vec<_> = day.strip_prefix('-')?.split('-').collect();
            (parts.len() == 3 && digits(parts[0], 4) && is_day(&parts.concat())).then_some(name)
        }
        _ => None,
    }
}

/// Year, month and day in eight digits.
fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse::<u16>().ok());
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && number(0..4).is_some_and(|year| (2020..2100).contains(&year))
        && number(4..6).is_some_and(|month| (1..=12).contains(&month))
        && number(6..8).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_one_model_or_to_none() {
        for (provider, asked, expected) in [
            ("google_genai", "gemini-2.5-flash", Some("gemini-2.5-flash")),
            ("google_genai", "models/gemini-2.5-flash", Some("gemini-2.5-flash")),
            ("google_genai", "google/gemini-2.5-flash", Some("gemini-2.5-flash")),
            (
                "google_genai",
                "publishers/google/models/gemini-2.5-pro",
                Some("gemini-2.5-pro"),
            ),
            (
                "google_genai",
                "projects/p/locations/europe-west1/publishers/google/models/gemini-2.5-pro",
                Some("gemini-2.5-pro"),
            ),
            ("google_genai", "gemini-2.5-flash-001", Some("gemini-2.5-flash")),
            ("google_genai", "gemini-2.5-flash@001", Some("gemini-2.5-flash")),
            ("google_genai", "gemini-2.5-flash@stable", None),
            ("google_genai", "gemini-2.5-flash-preview-09-2025", None),
            ("google_genai", "gemini-2.5-flash-exp", None),
            ("google_genai", "gemini-2.5", None),
            ("google_genai", "tunedModels/gemini-2.5-flash", None),
            ("google_genai", "Gemini-2.5-flash", None),
            ("google_genai", "gpt-5", None),
            ("openai", "gpt-5-2025-08-07", Some("gpt-5-2025-08-07")),
            ("openai", "gpt-5-2025-12-31", Some("gpt-5")),
            ("openai", "gpt-5-2025-13-31", None),
            ("openai", "gpt-4-1106", None),
            ("openai", "gpt-35-turbo", Some("gpt-3.5-turbo")),
            ("openai", "openai/gpt-5", None),
            ("openai", "2026-04-23", None),
            ("openai", "é-2026-04-23", None),
            ("openai", "é026-04-23", None),
            ("anthropic", "claude-sonnet-4-5", Some("claude-sonnet-4-5-20250929")),
            (
                "anthropic",
                "claude-sonnet-4-5@20250929",
                Some("claude-sonnet-4-5-20250929"),
            ),
            ("anthropic", "claude-opus-5@20260801", Some("claude-opus-5")),
            ("anthropic", "claude-opus-5-20260801", Some("claude-opus-5")),
            ("anthropic", "claude-opus-5@default", Some("claude-opus-5")),
            ("anthropic", "claude-opus-5-20269901", None),
            ("mistralai", "mistral-large-2411", None),
            ("mistralai", "mistral-large-20251201", None),
            ("mistralai", "", None),
        ] {
            let provider = tables::provider(provider).expect("one of the six");
            assert_eq!(find(provider, asked).map(|model| model.name), expected, "{asked}");
        }
    }
}
