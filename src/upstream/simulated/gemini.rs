//! The simulated backend in Gemini's wire format: content, whole, as events or as a growing array,
//! count of tokens, embeddings, models.
//!
//! Source of the shapes: the Gemini API reference (v1beta), as read by google-genai 3.4. As its
//! fields are protocol buffers in JSON, each may be spelled in camel or in snake case.

use serde_json::{Value, json};

use super::{
    Answer, Ask, vector,
    wire::{self, MOST_CANDIDATES, Script, Unfit},
    wish::{Choice, Form, Function, MOST_TOKENS, Part, Reply, Turn, Wish, steps},
};

const JSON: &str = "application/json; charset=UTF-8";
const EVENTS: &str = "text/event-stream";

/// Answers a request of this dialect.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    match ask.endpoint {
        "generateContent" => generate(ask),
        "streamGenerateContent" => stream(ask),
        "countTokens" => count(ask),
        "embedContent" => embed(ask),
        "batchEmbedContents" => embed_all(ask),
        "models" | "models.get" => Ok(models(ask)),
        _ => Err(Unfit::unknown("cette méthode")),
    }
}

/// An error body; inside a list where a growing array was asked for, as Google does.
pub(super) fn error(ask: &Ask<'_>, unfit: &Unfit) -> Answer {
    let status = match unfit.status {
        404 => "NOT_FOUND",
        _ => "INVALID_ARGUMENT",
    };
    let error = json!({ "code": unfit.status, "message": unfit.message, "status": status });
    let mut body = json!({ "error": error });
    if ask.endpoint == "streamGenerateContent" && !as_events(ask) {
        body = json!([body]);
    }
    wire::whole_answer(unfit.status, JSON, &body)
}

fn as_events(ask: &Ask<'_>) -> bool {
    let mut pairs = ask.query.unwrap_or_default().split('&');
    pairs.any(|pair| matches!(pair, "alt=sse" | "$alt=sse" | "%24alt=sse"))
}

/// A field in either spelling, given in camel case.
fn field<'v>(of: &'v Value, camel: &str) -> Option<&'v Value> {
    of.get(camel).or_else(|| of.get(snake(camel)))
}

fn snake(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn list<'v>(of: &'v Value, camel: &str) -> Result<&'v [Value], Unfit> {
    match field(of, camel) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Unfit::field(camel, "un tableau est attendu")),
    }
}

/// A whole number in either spelling; 0 is absence, as in protocol buffers.
fn whole(of: &Value, camel: &str, most: u64) -> Result<Option<u64>, Unfit> {
    let name = match of.get(camel) {
        Some(_) => camel.to_owned(),
        None => snake(camel),
    };
    Ok(wire::whole(of, &name, 0, most)?.filter(|number| *number > 0))
}

fn models(ask: &Ask<'_>) -> Answer {
    let card = |id: &str| {
        json!({
            "name": format!("models/{id}"),
            "version": "001",
            "displayName": "Simulateur",
            "description": "Réponses préparées, sans intelligence artificielle",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": MOST_TOKENS,
            "supportedGenerationMethods":
                ["generateContent", "countTokens", "embedContent", "batchEmbedContents"],
            "temperature": 1.0,
            "topP": 0.95,
            "topK": 64,
        })
    };
    let body = match ask.model {
        "" => json!({ "models": [card("simulateur")] }),
        one => card(one.strip_prefix("models/").unwrap_or(one)),
    };
    wire::whole_answer(200, JSON, &body)
}

fn input_tokens(request: &Value) -> u64 {
    let read = ["contents", "systemInstruction", "system_instruction", "tools"];
    wire::input_tokens(request, &read)
}

fn by_modality(tokens: u64) -> Value {
    json!([{ "modality": "TEXT", "tokenCount": tokens }])
}

fn count(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let counted = field(&request, "generateContentRequest").unwrap_or(&request);
    last(counted)?;
    let tokens = input_tokens(counted);
    let body = json!({ "totalTokens": tokens, "promptTokensDetails": by_modality(tokens) });
    Ok(wire::whole_answer(200, JSON, &body))
}

fn embed(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let body = json!({ "embedding": embedding(&wire::read(ask.body)?)? });
    Ok(wire::whole_answer(200, JSON, &body))
}

fn embed_all(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let all: Result<Vec<Value>, Unfit> = wire::filled(&request, "requests")?.iter().map(embedding).collect();
    Ok(wire::whole_answer(200, JSON, &json!({ "embeddings": all? })))
}

fn embedding(request: &Value) -> Result<Value, Unfit> {
    let content = request.get("content").unwrap_or(&Value::Null);
    let text = wire::text(&Value::from(list(content, "parts")?))?;
    if text.is_empty() {
        return Err(Unfit::field("content.parts", "un texte est attendu"));
    }
    let settings = field(request, "embedContentConfig").unwrap_or(request);
    let dimension = whole(settings, "outputDimensionality", vector::MOST_DIMENSIONS)?;
    let vector = vector::of(text.as_bytes(), dimension.unwrap_or(vector::DIMENSION));
    Ok(json!({ "values": vector }))
}

fn wish(request: &Value) -> Result<Wish<'_>, Unfit> {
    let settings = field(request, "generationConfig").unwrap_or(&Value::Null);
    let kind = field(settings, "responseMimeType").and_then(Value::as_str);
    let schema = field(settings, "responseSchema").or_else(|| field(settings, "responseJsonSchema"));
    let mut functions = Vec::new();
    for tool in list(request, "tools")? {
        for declared in list(tool, "functionDeclarations")? {
            let parameters = field(declared, "parameters").or_else(|| field(declared, "parametersJsonSchema"));
            if let Some(name) = declared.get("name").and_then(Value::as_str) {
                functions.push(Function { name, parameters });
            }
        }
    }
    Ok(Wish {
        last: last(request)?,
        count: whole(settings, "candidateCount", MOST_CANDIDATES)?.unwrap_or(1),
        limit: whole(settings, "maxOutputTokens", u64::MAX)?,
        form: match kind {
            Some("application/json") => Form::Json(schema),
            _ => Form::Text,
        },
        functions,
        choice: chosen(request),
    })
}

fn chosen(request: &Value) -> Choice<'_> {
    let calling = field(request, "toolConfig").and_then(|config| field(config, "functionCallingConfig"));
    let Some(calling) = calling else {
        return Choice::Free;
    };
    match calling.get("mode").and_then(Value::as_str) {
        Some("NONE") => Choice::Never,
        Some("ANY") => Choice::Must(field(calling, "allowedFunctionNames").and_then(|names| names.get(0)?.as_str())),
        _ => Choice::Free,
    }
}

fn last(request: &Value) -> Result<Turn, Unfit> {
    let contents = list(request, "contents")?;
    if contents.is_empty() {
        return Err(Unfit::field("contents", "un tableau non vide est attendu"));
    }
    let mut last = Turn::Person(String::new());
    for content in contents {
        let parts = list(content, "parts")?;
        let text = wire::text(&Value::from(parts))?;
        match content.get("role").and_then(Value::as_str) {
            None | Some("user" | "function" | "tool") => {
                let outcome = parts
                    .iter()
                    .find_map(|part| field(part, "functionResponse")?.get("response"));
                last = outcome.map_or(Turn::Person(text), |outcome| Turn::Outcome(outcome.to_string()));
            }
            Some("model" | "system") => {}
            Some(_) => return Err(Unfit::field("contents[].role", "rôle inconnu")),
        }
    }
    Ok(last)
}

/// What stands around the candidates; `output` counts the tokens given so far.
fn envelope(ask: &Ask<'_>, id: &str, input: u64, output: u64, candidates: &[Value]) -> Value {
    json!({
        "candidates": candidates,
        "usageMetadata": {
            "promptTokenCount": input,
            "candidatesTokenCount": output,
            "totalTokenCount": input + output,
            "promptTokensDetails": by_modality(input),
        },
        "modelVersion": ask.model,
        "responseId": id,
    })
}

/// A candidate with one part, or none; `end` where nothing follows.
fn candidate(index: usize, part: Option<Value>, end: Option<&str>) -> Value {
    let mut candidate = json!({ "content": { "role": "model" }, "index": index });
    if let Some(part) = part {
        candidate["content"]["parts"] = json!([part]);
    }
    if let Some(end) = end {
        candidate["finishReason"] = json!(end);
    }
    candidate
}

fn finish(reply: &Reply) -> &'static str {
    if reply.cut { "MAX_TOKENS" } else { "STOP" }
}

fn part(reply: &Reply) -> Option<Value> {
    match &reply.part {
        Part::Text(text) if text.is_empty() => None,
        Part::Text(text) => Some(json!({ "text": text })),
        Part::Call { name, arguments } => Some(json!({ "functionCall": { "name": name, "args": arguments } })),
    }
}

fn generate(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let replies = wish(&request)?.replies();
    let output = replies.iter().map(|reply| reply.tokens).sum();
    let candidates: Vec<Value> = replies
        .iter()
        .enumerate()
        .map(|(index, reply)| candidate(index, part(reply), Some(finish(reply))))
        .collect();
    let body = envelope(
        ask,
        &wire::id("", ask.body),
        input_tokens(&request),
        output,
        &candidates,
    );
    Ok(wire::whole_answer(200, JSON, &body))
}

fn stream(ask: &Ask<'_>) -> Result<Answer, Unfit> {
    let request = wire::read(ask.body)?;
    let replies = wish(&request)?.replies();
    let chunks = chunks(ask, input_tokens(&request), &replies);
    let mut script = Script::default();
    if as_events(ask) {
        for chunk in &chunks {
            script.data(chunk, "\r\n");
            script.pause();
        }
        return Ok(script.answer(EVENTS));
    }
    for (rank, chunk) in chunks.iter().enumerate() {
        script.raw(if rank == 0 { "[" } else { ",\r\n" });
        script.raw(&chunk.to_string());
        script.pause();
    }
    script.raw("]");
    Ok(script.answer(JSON))
}

/// One chunk a step, with a word of each candidate that still speaks. As Gemini does, the last
/// chunk of a candidate holds its last word and the reason why it ends.
fn chunks(ask: &Ask<'_>, input: u64, replies: &[Reply]) -> Vec<Value> {
    let parts: Vec<Vec<Option<Value>>> = replies.iter().map(parts).collect();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
    let total: u64 = replies.iter().map(|reply| reply.tokens).sum();
    let id = wire::id("", ask.body);
    (0..longest)
        .map(|step| {
            let mut candidates = Vec::new();
            for (index, parts) in parts.iter().enumerate() {
                if let Some(part) = parts.get(step) {
                    let end = (step + 1 == parts.len()).then(|| finish(&replies[index]));
                    candidates.push(candidate(index, part.clone(), end));
                }
            }
            let output = total * (step as u64 + 1) / longest as u64;
            envelope(ask, &id, input, output, &candidates)
        })
        .collect()
}

/// The parts of one candidate, one a chunk, at least one.
fn parts(reply: &Reply) -> Vec<Option<Value>> {
    match &reply.part {
        Part::Text(text) if !text.is_empty() => steps(text)
            .into_iter()
            .map(|words| Some(json!({ "text": words })))
            .collect(),
        _ => vec![part(reply)],
    }
}
