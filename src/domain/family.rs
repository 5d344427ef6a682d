//! Families of well-known models, so that what people ask for and the committee has not listed can be counted without
//! writing down what a caller typed.

/// Beginnings of names and the family each stands for. Names of products are those of their makers' documentation.
const FAMILIES: &[(&str, &str)] = &[
    ("chatgpt", "chatgpt"),
    ("gpt", "gpt"),
    ("o1", "openai-o"),
    ("o3", "openai-o"),
    ("o4", "openai-o"),
    ("codex", "gpt"),
    ("dall-e", "dall-e"),
    ("sora", "sora"),
    ("whisper", "whisper"),
    ("text-embedding", "text-embedding"),
    ("claude", "claude"),
    ("gemini", "gemini"),
    ("gemma", "gemma"),
    ("imagen", "imagen"),
    ("veo", "veo"),
    ("mistral", "mistral"),
    ("ministral", "mistral"),
    ("mixtral", "mistral"),
    ("codestral", "mistral"),
    ("devstral", "mistral"),
    ("magistral", "mistral"),
    ("pixtral", "mistral"),
    ("voxtral", "mistral"),
    ("open-mistral", "mistral"),
    ("open-mixtral", "mistral"),
    ("llama", "llama"),
    ("meta-llama", "llama"),
    ("codellama", "llama"),
    ("qwen", "qwen"),
    ("qwq", "qwen"),
    ("deepseek", "deepseek"),
    ("grok", "grok"),
    ("command", "command"),
    ("c4ai-aya", "command"),
    ("copilot", "copilot"),
    ("perplexity", "perplexity"),
    ("sonar", "perplexity"),
    ("phi", "phi"),
    ("nova", "nova"),
    ("titan", "titan"),
    ("granite", "granite"),
    ("jamba", "jamba"),
    ("kimi", "kimi"),
    ("moonshot", "kimi"),
    ("glm", "glm"),
    ("minimax", "minimax"),
    ("ernie", "ernie"),
    ("nemotron", "nemotron"),
    ("falcon", "falcon"),
    ("stable-diffusion", "stable-diffusion"),
    ("flux", "flux"),
    ("midjourney", "midjourney"),
    ("deepl", "deepl"),
];

/// Longest name that is looked at, in bytes: longer ones are no model's.
const LONGEST: usize = 200;

/// The family of a model's name, as its maker or a reseller writes it (`openai/gpt-5`, `eu.anthropic.claude-4`); none
/// for what is not well known. Nothing of the name itself comes back.
pub fn family(model: &str) -> Option<&'static str> {
    if model.len() > LONGEST {
        return None;
    }
    let model = model.trim().to_ascii_lowercase();
    let mut parts = model.split(['/', '.', ':', '@']);
    parts.find_map(|part| {
        let found = FAMILIES.iter().find(|(beginning, _)| {
            let rest = part.strip_prefix(beginning);
            // `gpt-5` and `llama3`, and no other word that begins like one.
            rest.is_some_and(|rest| {
                let goes_on =
                    |c: char| c.is_alphabetic() || c.is_ascii_digit() && beginning.ends_with(char::is_numeric);
                !rest.starts_with(goes_on)
            })
        });
        found.map(|(_, family)| *family)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_model_is_told_by_its_family_and_nothing_else_is_told() {
        for (model, expected) in [
            ("gpt-5", Some("gpt")),
            ("GPT-4o-mini", Some("gpt")),
            ("gpt4", Some("gpt")),
            ("gpt", Some("gpt")),
            ("openai/gpt-oss-120b", Some("gpt")),
            ("chatgpt-4o-latest", Some("chatgpt")),
            ("o1", Some("openai-o")),
            ("o3-mini", Some("openai-o")),
            ("o4-mini-2025-04-16", Some("openai-o")),
            ("claude-sonnet-4-5-20250929", Some("claude")),
            ("eu.anthropic.claude-3-7-sonnet-20250219-v1:0", Some("claude")),
            ("models/gemini-2.5-pro", Some("gemini")),
            ("gemma-3-27b-it", Some("gemma")),
            ("mistral-large-latest", Some("mistral")),
            ("open-mixtral-8x22b", Some("mistral")),
            ("codestral-2501", Some("mistral")),
            ("magistral-medium-latest", Some("mistral")),
            ("pixtral-12b", Some("mistral")),
            ("meta-llama/Llama-3.3-70B-Instruct", Some("llama")),
            ("llama3.2:3b", Some("llama")),
            ("qwen3-235b", Some("qwen")),
            ("deepseek-chat", Some("deepseek")),
            ("grok-4", Some("grok")),
            ("command-r-plus", Some("command")),
            ("copilot", Some("copilot")),
            ("sonar-pro", Some("perplexity")),
            ("phi-4", Some("phi")),
            ("  gpt-5 ", Some("gpt")),
            ("", None),
            ("o2", None),
            ("o10", None),
            ("gptherapie", None),
            ("philippe", None),
            ("commandant roux", None),
            ("le dossier de Mme Roux", None),
            ("a.martin@departement04.example", None),
            ("x-gpt-5", None),
        ] {
            assert_eq!(family(model), expected, "{model}");
        }
        assert_eq!(family(&format!("gpt-{}", "5".repeat(LONGEST))), None);
    }

    #[test]
    fn each_beginning_stands_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (beginning, family) in FAMILIES {
            assert!(seen.insert(beginning), "{beginning}");
            assert!(
                family.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{family} is a word of a column"
            );
        }
    }
}
