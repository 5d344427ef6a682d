//! What a request asks for, the same in every dialect, and the replies it gets.

use serde_json::Value;

use super::{schema, words};

/// Steps of a stream: a longer text is cut in bigger steps, so no stream lasts over ten seconds.
const MOST_STEPS: usize = 512;

/// Tokens of the longest answer, that of the models offered today. It bounds what an echo may weigh.
pub(super) const MOST_TOKENS: u64 = 65_536;

/// What a request asks for.
pub(super) struct Wish<'a> {
    /// Who spoke last.
    pub(super) last: Turn,
    /// How many answers.
    pub(super) count: u64,
    /// Most tokens of one answer.
    pub(super) limit: Option<u64>,
    /// In which form.
    pub(super) form: Form<'a>,
    /// Functions it may call.
    pub(super) functions: Vec<Function<'a>>,
    /// Whether it calls one.
    pub(super) choice: Choice<'a>,
}

/// The last turn of a conversation, the assistant's left aside.
pub(super) enum Turn {
    /// A person wrote this.
    Person(String),
    /// A function returned this.
    Outcome(String),
}

/// The form of an answer.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    /// French text.
    Text,
    /// A JSON object, of this schema where there is one.
    Json(Option<&'a Value>),
}

/// A function that the request declares.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// JSON Schema of its arguments.
    pub(super) parameters: Option<&'a Value>,
}

/// What the request says of calling functions.
#[derive(Clone, Copy)]
pub(super) enum Choice<'a> {
    /// As the prompt wants it.
    Free,
    /// No call.
    Never,
    /// A call, of this function where one is named.
    Must(Option<&'a str>),
}

/// One answer.
pub(super) struct Reply {
    /// What it holds.
    pub(super) part: Part,
    /// Its length at four bytes a token.
    pub(super) tokens: u64,
    /// Whether the limit of tokens cut it.
    pub(super) cut: bool,
}

/// What an answer holds.
pub(super) enum Part {
    /// Text, or JSON written as text.
    Text(String),
    /// A call of a function.
    Call {
        /// Its name.
        name: String,
        /// Its arguments, an object.
        arguments: Value,
    },
}

impl Wish<'_> {
    /// The answers, as many as were asked for.
    pub(super) fn replies(&self) -> Vec<Reply> {
        (0..self.count).map(|rank| self.reply(rank)).collect()
    }

    fn reply(&self, rank: u64) -> Reply {
        if let Some(function) = self.called() {
            return call(&self.last, function);
        }
        let spoken = match &self.last {
            Turn::Person(prompt) => words::speak(prompt, rank),
            Turn::Outcome(outcome) => words::tell(outcome),
        };
        let text = match self.form {
            Form::Text => spoken,
            Form::Json(None) => serde_json::json!({ "reponse": spoken }).to_string(),
            Form::Json(Some(schema)) => schema::fill(schema, Some(spoken)).to_string(),
        };
        cut(text, self.limit)
    }

    /// The function to call: the one the request forces, else the first one named in a prompt
    /// that asks for a call, else the first.
    fn called(&self) -> Option<Function<'_>> {
        let first = *self.functions.first()?;
        match (self.choice, &self.last) {
            (Choice::Never, _) | (Choice::Free, Turn::Outcome(_)) => None,
            (Choice::Must(Some(name)), _) => self.functions.iter().copied().find(|function| function.name == name),
            (Choice::Must(None), _) => Some(first),
            (Choice::Free, Turn::Person(prompt)) if words::asks_for_call(prompt) => {
                let named = |function: &&Function<'_>| prompt.contains(function.name);
                Some(self.functions.iter().find(named).copied().unwrap_or(first))
            }
            (Choice::Free, Turn::Person(_)) => None,
        }
    }
}

fn call(last: &Turn, function: Function<'_>) -> Reply {
    let mut echo = match last {
        Turn::Person(prompt) => words::echo(prompt).map(str::to_owned),
        Turn::Outcome(_) => None,
    };
    // Arguments are never cut, so what goes into them is.
    if let Some(echo) = &mut echo {
        shorten(echo, MOST_TOKENS);
    }
    let arguments = function
        .parameters
        .map(|parameters| schema::fill(parameters, echo))
        .filter(Value::is_object)
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    let bytes = function.name.len() + arguments.to_string().len();
    Reply {
        part: Part::Call {
            name: function.name.to_owned(),
            arguments,
        },
        tokens: (bytes as u64).div_ceil(4),
        cut: false,
    }
}

fn cut(mut text: String, limit: Option<u64>) -> Reply {
    let cut = shorten(&mut text, limit.unwrap_or(MOST_TOKENS).min(MOST_TOKENS));
    Reply {
        tokens: (text.len() as u64).div_ceil(4),
        part: Part::Text(text),
        cut,
    }
}

/// Cuts a text at a number of tokens, and tells whether it was longer.
fn shorten(text: &mut String, tokens: u64) -> bool {
    let most = usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX);
    let longer = text.len() > most;
    if longer {
        text.truncate(text.floor_char_boundary(most));
        text.shrink_to_fit();
    }
    longer
}

/// Cuts a text in the steps of a stream: words, each with the space after it.
/// An empty text has no step.
pub(super) fn steps(text: &str) -> Vec<&str> {
    let words = text.split_inclusive(' ').count();
    let size = words.div_ceil(MOST_STEPS).max(1);
    let mut steps = Vec::with_capacity(words.div_ceil(size));
    let (mut start, mut end) = (0, 0);
    for (rank, word) in text.split_inclusive(' ').enumerate() {
        end += word.len();
        if (rank + 1) % size == 0 {
            steps.push(&text[start..end]);
            start = end;
        }
    }
    if start < end {
        steps.push(&text[start..end]);
    }
    steps
}
